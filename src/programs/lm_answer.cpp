#include "programs/detail/lm_answer.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "programs/detail/text.hpp"

namespace foundation::programs::detail {
namespace {

using nlohmann::json;

ParsedAnswer failed(AnswerProblem problem, std::string words) {
  return {.problem = problem, .words = std::move(words)};
}

/// A line "[[ ## NAME ## ]] rest", blanks within the marker optional.
struct Marker {
  std::string_view name;
  std::string_view rest;
};

std::optional<Marker> marker_in(std::string_view line) {
  if (!line.starts_with("[[")) return std::nullopt;
  const std::size_t close = line.find("]]");
  if (close == std::string_view::npos) return std::nullopt;
  std::string_view inside = trimmed(line.substr(2, close - 2));
  if (!inside.starts_with("##") || !inside.ends_with("##") || inside.size() < 5)
    return std::nullopt;
  inside = trimmed(inside.substr(2, inside.size() - 4));
  return Marker{inside, line.substr(close + 2)};
}

/// Collects values below markers.
class MarkerReader {
 public:
  explicit MarkerReader(const PipelineStage& stage) : stage_{stage}, found_(stage.outputs.size()) {}

  ParsedAnswer read(std::string_view text) {
    while (!text.empty() && !ended_ && !repeated_) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      take(text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    return result();
  }

 private:
  void take(std::string_view line) {
    const auto marker = marker_in(line);
    if (!marker) {
      if (at_) append(line);
      return;
    }
    at_.reset();
    if (marker->name == "end") {
      ended_ = true;
      return;
    }
    for (std::size_t i = 0; i < found_.size(); ++i)
      if (stage_.outputs[i].name == marker->name) at_ = i;
    if (!at_) return;  // nobody asked for it
    if (found_[*at_]) {
      repeated_ = at_;
      return;
    }
    found_[*at_].emplace();
    append(marker->rest);
  }

  void append(std::string_view line) {
    std::string& value = *found_[*at_];
    if (!value.empty()) value += '\n';
    value += line;
  }

  [[nodiscard]] ParsedAnswer result() const {
    if (repeated_)
      return failed(AnswerProblem::repeated,
                    fmt::format("it fills in '{}' twice", stage_.outputs[*repeated_].name));
    if (std::ranges::none_of(found_, [](const auto& value) { return value.has_value(); }))
      return failed(AnswerProblem::unformatted, "no field is marked in it");
    ParsedAnswer answer;
    answer.ended = ended_;
    for (std::size_t i = 0; i < found_.size(); ++i) {
      const std::string& name = stage_.outputs[i].name;
      if (!found_[i])
        return failed(AnswerProblem::missing, fmt::format("the field '{}' is missing", name));
      answer.values.emplace_back(trimmed(*found_[i]));
      if (answer.values.back().empty())
        return failed(AnswerProblem::empty, fmt::format("the field '{}' is empty", name));
    }
    return answer;
  }

  const PipelineStage& stage_;
  std::vector<std::optional<std::string>> found_;
  std::optional<std::size_t> at_;
  std::optional<std::size_t> repeated_;
  bool ended_ = false;
};

/// What is between the first brace and the last: models like to wrap it.
std::string_view object_in(std::string_view text) {
  const std::size_t begin = text.find('{');
  const std::size_t end = text.rfind('}');
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) return {};
  return text.substr(begin, end - begin + 1);
}

/// Texts as they are, numbers and booleans as they are written.
std::optional<std::string> text_of(const json& value) {
  if (value.is_string()) return std::string{trimmed(value.get_ref<const std::string&>())};
  if (value.is_number() || value.is_boolean()) return value.dump();
  return std::nullopt;
}

ParsedAnswer parse_json(const PipelineStage& stage, std::string_view text) {
  const json parsed = json::parse(object_in(text), nullptr, false);
  if (!parsed.is_object())
    return failed(AnswerProblem::unformatted, "it holds no JSON object that can be read");
  ParsedAnswer answer;
  answer.ended = true;
  for (const PromptField& output : stage.outputs) {
    const auto found = parsed.find(output.name);
    const auto value = found == parsed.end() ? std::nullopt : text_of(*found);
    if (!value)
      return failed(AnswerProblem::missing,
                    fmt::format("the field '{}' is missing or no text", output.name));
    if (value->empty())
      return failed(AnswerProblem::empty, fmt::format("the field '{}' is empty", output.name));
    answer.values.push_back(*value);
  }
  return answer;
}

}  // namespace

ParsedAnswer parse_answer(const PipelineStage& stage, const std::string& text) {
  if (trimmed(text).empty()) return failed(AnswerProblem::blank, "it is blank");
  if (stage.options.format == LmFormat::json) return parse_json(stage, text);
  return MarkerReader{stage}.read(text);
}

}  // namespace foundation::programs::detail
