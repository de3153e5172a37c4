#include "programs/detail/lm_prompt.hpp"

#include <optional>
#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "programs/detail/text.hpp"

namespace foundation::programs::detail {

using endpoints::Message;
using nlohmann::ordered_json;

namespace {

constexpr std::size_t longest_repeated = 2000;
constexpr std::string_view marker_begin = "[[ ##";

bool answers_in_json(const PipelineStage& stage) { return stage.options.format == LmFormat::json; }

/// The value with lines that look like markers moved in.
std::string harmless(const std::string& value) {
  std::string text;
  std::istringstream lines{value};
  for (std::string line; std::getline(lines, line);) {
    if (!text.empty()) text += '\n';
    if (line.starts_with("[[")) text += ' ';
    text += line;
  }
  return text;
}

void append_field(std::string& text, const std::string& name, const std::string& value) {
  text += fmt::format("{} {} ## ]]\n{}\n\n", marker_begin, name, harmless(value));
}

std::string listed(const std::vector<PromptField>& fields) {
  std::string text;
  for (const PromptField& field : fields) {
    text += "- " + field.name;
    if (!field.description.empty()) text += ": " + field.description;
    text += '\n';
  }
  return text;
}

const std::string& value_of(const Example& example, const TrainsetField& field) {
  return field.input ? example.inputs[*field.input] : example.label;
}

std::string shown_inputs(const PipelineStage& stage, const Example& example) {
  std::string text;
  for (const PromptField& input : stage.inputs)
    if (input.shown) append_field(text, input.name, value_of(example, *input.shown));
  return std::string{trimmed(text)};
}

std::string shown_outputs(const PipelineStage& stage, const Example& example) {
  if (answers_in_json(stage)) {
    ordered_json object = ordered_json::object();
    for (const PromptField& output : stage.outputs)
      if (output.shown) object[output.name] = value_of(example, *output.shown);
    return object.dump();
  }
  std::string text;
  for (const PromptField& output : stage.outputs)
    if (output.shown) append_field(text, output.name, value_of(example, *output.shown));
  return text + std::string{end_line};
}

std::string how_to_answer(const PipelineStage& stage) {
  return answers_in_json(stage)
             ? "Answer with one JSON object and nothing else. Its keys are the fields to fill in, "
               "its values are texts."
             : fmt::format(
                   "Answer with the fields to fill in and nothing else, each below its "
                   "marker, then the line {}",
                   end_line);
}

}  // namespace

Message system_message(const PipelineStage& stage, const std::string& instruction) {
  return {"system",
          fmt::format("You are given named fields and fill in others. Each field stands below a "
                      "line {} name ## ]].\n\nFields given:\n{}\nFields to fill in, in this "
                      "order:\n{}\n{}\n\n{}",
                      marker_begin, listed(stage.inputs), listed(stage.outputs), instruction,
                      how_to_answer(stage))};
}

std::vector<Message> demonstration(const PipelineStage& stage, const Example& example) {
  return {{"user", shown_inputs(stage, example)}, {"assistant", shown_outputs(stage, example)}};
}

Message question(const PipelineStage& stage, const std::vector<std::string>& values) {
  std::string text;
  for (std::size_t i = 0; i < stage.inputs.size(); ++i)
    append_field(text, stage.inputs[i].name, values[i]);
  return {"user", std::string{trimmed(text)}};
}

std::string beginning(const std::string& text, std::size_t size) {
  if (text.size() <= size) return text;
  while (size > 0 && !starts_character(text[size])) --size;
  return text.substr(0, size) + " ...";
}

std::vector<Message> repair(const PipelineStage& stage, const std::string& answer,
                            const std::string& problem) {
  const std::string shown = beginning(answer, longest_repeated);
  return {{"assistant", shown.empty() ? "(nothing)" : shown},
          {"user", fmt::format("This answer cannot be used: {}. Write the whole answer again. {}",
                               problem, how_to_answer(stage))}};
}

std::string response_format(const PipelineStage& stage) {
  if (!answers_in_json(stage)) return {};
  ordered_json properties = ordered_json::object();
  ordered_json required = ordered_json::array();
  for (const PromptField& output : stage.outputs) {
    properties[output.name] = {{"type", "string"}};
    required.push_back(output.name);
  }
  const ordered_json schema = {{"type", "object"},
                               {"properties", properties},
                               {"required", required},
                               {"additionalProperties", false}};
  return ordered_json{{"type", "json_schema"},
                      {"json_schema", {{"name", "answer"}, {"strict", true}, {"schema", schema}}}}
      .dump();
}

}  // namespace foundation::programs::detail
