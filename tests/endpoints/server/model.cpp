#include "model.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <vector>

#include "writer.hpp"

namespace foundation::lm_server {
namespace {

using nlohmann::json;
using Fields = std::map<std::string, std::string>;

std::string trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(" \n\r\t");
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \n\r\t") - begin + 1);
}

/// Markers "[[ ## name ## ]]" on lines of their own, each followed by the value.
Fields fields_of_text(const std::string& text) {
  Fields fields;
  std::istringstream lines{text};
  std::string name;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("[[ ## ") && line.find(" ## ]]") != std::string::npos) {
      name = line.substr(6, line.find(" ## ]]") - 6);
    } else if (!name.empty()) {
      fields[name] += line + "\n";
    }
  }
  for (auto& [key, value] : fields) value = trimmed(value);
  return fields;
}

Fields fields_of(const std::string& text) {
  const json parsed = json::parse(text, nullptr, false);
  if (!parsed.is_object()) return fields_of_text(text);
  Fields fields;
  for (const auto& [key, value] : parsed.items())
    if (value.is_string()) fields[key] = value.get<std::string>();
  return fields;
}

/// The names in the list "- name: description" below this heading of the system message.
std::vector<std::string> listed(const std::string& system, const std::string& heading) {
  std::vector<std::string> names;
  const std::size_t at = system.find(heading);
  if (at == std::string::npos) return names;
  std::istringstream lines{system.substr(at)};
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line) && line.starts_with("- "))
    names.push_back(line.substr(2, line.find(':') - 2));
  return names;
}

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : text + " ") {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
  }
  return words;
}

struct Turn {
  Fields question;
  Fields solution;
};

/// What the prompt says.
struct Prompt {
  std::string system;
  std::vector<std::string> wanted;
  std::vector<Turn> shown;
  Fields question;
  bool as_json = false;
};

Prompt read(const json& request) {
  Prompt prompt;
  prompt.as_json = request.contains("response_format");
  const json& messages = request.at("messages");
  prompt.system = messages.at(0).at("content").get<std::string>();
  prompt.wanted = listed(prompt.system, "Fields to fill in");
  const auto given = listed(prompt.system, "Fields given");
  std::vector<Turn> turns;
  for (std::size_t i = 1; i < messages.size(); ++i) {
    const Fields fields = fields_of(messages[i].at("content").get<std::string>());
    const bool asks =
        std::ranges::any_of(given, [&](const std::string& name) { return fields.contains(name); });
    if (messages[i].at("role") == "user" && asks) turns.push_back({fields, {}});
    if (messages[i].at("role") == "assistant" && !turns.empty()) turns.back().solution = fields;
  }
  if (turns.empty()) return prompt;
  prompt.question = turns.back().question;
  turns.pop_back();
  prompt.shown = std::move(turns);
  return prompt;
}

std::set<std::string> compared_words(const Prompt& prompt, const Fields& question) {
  std::string text;
  for (const auto& [name, value] : question) text += value + " ";
  auto words = words_of(text);
  words.resize(std::min(words.size(), words_compared(prompt.system)));
  return {words.begin(), words.end()};
}

std::size_t shared(const std::set<std::string>& a, const std::set<std::string>& b) {
  return static_cast<std::size_t>(
      std::ranges::count_if(a, [&](const std::string& word) { return b.contains(word); }));
}

std::string first_choice(const std::string& system) {
  const std::size_t at = system.find("one of: ");
  if (at == std::string::npos) return "unknown";
  const std::string list = system.substr(at + 8);
  return trimmed(list.substr(0, list.find_first_of(",.\n")));
}

std::string value_of(const Prompt& prompt, const std::string& name, bool second,
                     std::uint32_t seed) {
  if (const auto text = written(name, prompt.question, seed)) return *text;
  if (name == "reasoning") return "The words of the question were compared with the examples.";
  const auto words = compared_words(prompt, prompt.question);
  std::vector<std::pair<std::size_t, std::string>> known;
  for (const Turn& turn : prompt.shown)
    if (turn.solution.contains(name))
      known.emplace_back(shared(words, compared_words(prompt, turn.question)),
                         turn.solution.at(name));
  if (known.empty()) return first_choice(prompt.system);
  std::ranges::stable_sort(known, [](const auto& a, const auto& b) { return a.first > b.first; });
  return known[second && known.size() > 1 ? 1 : 0].second;
}

}  // namespace

std::string answer(const json& request) {
  const Prompt prompt = read(request);
  const auto seed = request.value("seed", 0U);
  const bool second = request.value("temperature", 0.0) > 0 && seed % 4 == 0;
  if (prompt.as_json) {
    json object = json::object();
    for (const std::string& name : prompt.wanted)
      object[name] = value_of(prompt, name, second, seed);
    return object.dump();
  }
  std::string text;
  for (const std::string& name : prompt.wanted)
    text += "[[ ## " + name + " ## ]]\n" + value_of(prompt, name, second, seed) + "\n\n";
  return text + "[[ ## end ## ]]";
}

}  // namespace foundation::lm_server
