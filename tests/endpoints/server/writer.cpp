#include "writer.hpp"

#include <algorithm>
#include <limits>
#include <set>
#include <sstream>

namespace foundation::lm_server {
namespace {

using Fields = std::map<std::string, std::string>;

constexpr std::size_t without_being_told = 3;
constexpr std::size_t all_words = std::numeric_limits<std::size_t>::max();
constexpr std::size_t most_counted = 6;  // beyond, it says "all"

std::string field(const Fields& given, const std::string& name) {
  const auto found = given.find(name);
  return found == given.end() ? std::string{} : found->second;
}

std::string telling(std::size_t words) {
  return words > most_counted ? "Compare all words with those of the examples."
                              : "Compare the first " + std::to_string(words) + " words.";
}

/// The first sentence: what the task is, without earlier advice.
std::string task_of(const std::string& instruction) {
  const std::size_t end = instruction.find_first_of(".;\n");
  return end == std::string::npos ? instruction : instruction.substr(0, end) + ".";
}

std::size_t more(std::size_t words, std::size_t count) {
  return words == all_words ? words : words + count;
}

std::string description(const std::string& examples) {
  constexpr std::string_view marker = "expected answer: ";
  std::set<std::string> answers;
  std::istringstream lines{examples};
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(marker)) answers.insert(line.substr(marker.size()));
  std::string text = "Each example is a short text. The answers are";
  for (const std::string& answer : answers) text += " " + answer;
  return text + ".";
}

/// How much of what was expected an answer has, by the words they share.
std::string grade(const Fields& given) {
  std::set<std::string> expected;
  std::istringstream words{field(given, "expected_answer")};
  for (std::string word; words >> word;) expected.insert(word);
  std::istringstream answered{field(given, "answer")};
  std::size_t shared = 0;
  for (std::string word; answered >> word;) shared += expected.contains(word) ? 1U : 0U;
  return expected.empty() ? "ten" : std::to_string(10 * shared / expected.size());
}

}  // namespace

std::size_t words_compared(const std::string& instruction) {
  std::string small = instruction;
  std::ranges::transform(small, small.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (small.find("compare all words") != std::string::npos) return all_words;
  constexpr std::string_view counted = "compare the first ";
  const std::size_t at = small.rfind(counted);
  if (at == std::string::npos) return without_being_told;
  return static_cast<std::size_t>(std::max(std::atoi(small.c_str() + at + counted.size()), 1));
}

std::optional<std::string> written(const std::string& name, const Fields& given,
                                   std::uint32_t seed) {
  const std::string current = field(given, "current_instruction");
  if (name == "description") return description(field(given, "examples"));
  if (name == "advice") return telling(more(words_compared(current), 1));
  if (name == "grade") return grade(given);
  if (name == "reason") return "It has " + grade(given) + " tenths of what was expected.";
  if (name != "new_instruction") return std::nullopt;
  if (seed % 3 == 0) return "Please be careful and polite. " + task_of(current);
  const std::string attempts = field(given, "attempts");
  const std::size_t best = attempts.empty() ? words_compared(current) : words_compared(attempts);
  const bool sees_mistakes = field(given, "observations").find("expected `") != std::string::npos;
  return task_of(current) + " " + telling(sees_mistakes ? all_words : more(best, seed % 3));
}

}  // namespace foundation::lm_server
