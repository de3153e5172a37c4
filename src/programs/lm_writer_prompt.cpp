// What a model is told of a text request. The kinds of requests are those of the optimisers for
// language-model programs: proposals by past attempts (Yang et al., arXiv:2309.03409), by a
// description of the data (Opsahl-Ong et al., arXiv:2406.11695), by reflection on feedback (Agrawal
// et al., arXiv:2507.19457).
#include <algorithm>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "core/error.hpp"
#include "programs/detail/lm_prompt.hpp"
#include "programs/detail/lm_writer.hpp"
#include "programs/detail/text.hpp"

namespace foundation::programs::detail {
namespace {

using model::Observation;
using model::RequestKind;
using model::TextRequest;

constexpr std::size_t longest_text = 2000;  // of a field's value, an answer, an attempt

std::string shortened(std::string_view text) {
  const std::string whole{trimmed(text)};
  return beginning(whole, longest_text);
}

std::string described(const std::vector<PromptField>& fields) {
  std::string text;
  for (const PromptField& field : fields) {
    text += fmt::format("{}'{}'", text.empty() ? "" : ", ", field.name);
    if (!field.description.empty()) text += fmt::format(" ({})", field.description);
  }
  return text;
}

/// Collects what a request has to say into a task.
class TaskWriter {
 public:
  TaskWriter(const PipelineParts& parts, const TextInput& input, const SplitDataset& data)
      : parts_{parts},
        request_{*input.request},
        feedback_{input.feedback},
        trials_{input.trials},
        data_{data} {
    find_subject();
    LmStage& options = task_.stage.options;
    const LmWriter& writer = parts.options.writer;
    options.name = "writer";
    options.model = writer.model;
    if (options.model.empty()) options.model = parts.options.model;
    if (options.model.empty() && subject_ != nullptr) options.model = subject_->options.model;
    options.temperature = writer.temperature;
    options.max_tokens = writer.max_tokens;
  }

  WritingTask write() {
    switch (request_.kind) {
      case RequestKind::describe: describe(); break;
      case RequestKind::rewrite: rewrite(); break;
      case RequestKind::advise: advise(); break;
    }
    return std::move(task_);
  }

 private:
  /// The stage that the text is for; a description may be for none in particular.
  void find_subject() {
    for (const PipelineStage& stage : parts_.pipeline.stages) {
      if (!stage.asks_model()) continue;
      if (request_.parameter.empty() && subject_ == nullptr) subject_ = &stage;
      if (stage.instruction_parameter == request_.parameter) subject_ = &stage;
    }
    const bool needs_none = request_.kind == RequestKind::describe && request_.parameter.empty();
    if (subject_ != nullptr || needs_none) return;
    throw core::Error{core::ErrorKind::bad_input,
                      fmt::format("a text is asked for '{}', but no stage has such an instruction",
                                  request_.parameter)};
  }

  void give(std::string name, std::string description, std::string value) {
    if (trimmed(value).empty()) return;
    task_.stage.inputs.push_back(
        {.name = std::move(name), .description = std::move(description), .shown = {}});
    task_.values.push_back(std::move(value));
  }
  void ask_for(std::string name, std::string description) {
    task_.stage.outputs.push_back(
        {.name = std::move(name), .description = std::move(description), .shown = {}});
  }

  void describe() {
    give("program", "what is to be improved", program());
    give("examples", "some of the examples it is to do well on", examples());
    ask_for("description", "what helps to solve any example of the kind, in a few sentences");
    task_.instruction =
        "Somebody will write instructions for this program and has not seen its examples. Look at "
        "them and say what is worth knowing: what is given, what is asked for, which answers occur "
        "and how they are written, what decides between them, what is easily overlooked. Speak of "
        "examples in general; solve none of them.";
  }

  void rewrite() {
    give("program", "what is to be improved", program());
    give("notes", "what is known about its examples", shortened(request_.notes));
    give("examples", "some of the examples it is to do well on", examples());
    give("current_instruction", "what the model is told now", current_instruction());
    give("attempts", "instructions that were tried, the worst first", attempts());
    give("observations", "what the program did with its current instruction",
         observations(0, request_.observations.size()));
    give("manner", "what the new instruction should be like", shortened(request_.tip));
    ask_for("new_instruction", "the whole instruction that takes the place of the current one");
    task_.instruction = fmt::format(
        "A language model does the step '{}' of this program, and an instruction tells it how. "
        "Write a better one. The model sees your instruction and the fields of its step, and "
        "nothing else of what you see here, so say all that it needs to know about the task and "
        "about the form of the answer. Find out what went wrong and give the rule that would have "
        "prevented it, rather than the solution of a single example. Do better than the best "
        "attempt, and do not repeat one. Do not mention scores or attempts.",
        subject_->options.name);
  }

  void advise() {
    const std::size_t split = std::min<std::size_t>(request_.observations.size(), 1);
    give("program", "what is to be improved", program());
    give("current_instruction", "what the model is told now", current_instruction());
    give("better", "what the program did well", observations(0, split));
    give("worse", "what it did less well", observations(split, request_.observations.size()));
    give("manner", "what the advice should be like", shortened(request_.tip));
    ask_for("advice", "at most three sentences to add to the instruction");
    task_.instruction = fmt::format(
        "A language model does the step '{}' of this program, once well and once less well. "
        "Compare "
        "the two and tell the model what to do so that it answers as in the better case: in which "
        "situations, and what exactly. Speak to the model; it sees your advice below its "
        "instruction and knows neither of the two cases. The advice must hold for examples that "
        "nobody has seen yet.",
        subject_->options.name);
  }

  /// The steps with their fields, and where the answer comes from.
  [[nodiscard]] std::string program() const {
    std::string text;
    for (const PipelineStage& stage : parts_.pipeline.stages) {
      text += fmt::format("Step '{}' reads {} and {} {}.\n", stage.options.name,
                          described(stage.inputs), stage.asks_model() ? "fills in" : "looks up",
                          described(stage.outputs));
      const bool is_shown_alone = &stage == subject_ && request_.kind != RequestKind::describe;
      if (stage.asks_model() && !is_shown_alone)
        text += fmt::format("Its instruction: {}\n", instruction_of(stage));
    }
    const FieldSource& answer = parts_.pipeline.answer;
    const PipelineStage& last = parts_.pipeline.stages[*answer.stage];
    return text + fmt::format("The answer is '{}' of step '{}'.", last.outputs[answer.field].name,
                              last.options.name);
  }

  [[nodiscard]] std::string instruction_of(const PipelineStage& stage) const {
    const model::Value* value = request_.assignment.find(stage.instruction_parameter);
    const auto* text = value == nullptr ? nullptr : std::get_if<std::string>(value);
    return shortened(text == nullptr ? stage.options.instruction : *text);
  }
  [[nodiscard]] std::string current_instruction() const { return instruction_of(*subject_); }

  [[nodiscard]] std::string attempts() const {
    std::string text;
    for (const model::Attempt& attempt : request_.attempts)
      text += fmt::format("Score {:.4g}:\n{}\n\n", attempt.score, shortened(attempt.text));
    return std::string{trimmed(text)};
  }

  [[nodiscard]] const Example& example_at(std::uint32_t position) const {
    const std::uint32_t size = data_.size(model::Split::train);
    if (position < size) return data_.at(model::Split::train, position);
    throw core::Error{
        core::ErrorKind::bad_input,
        fmt::format("a text request shows example {}, but the train split has {}", position, size)};
  }

  [[nodiscard]] std::string inputs_of(const Example& example) const {
    std::string text;
    for (std::size_t i = 0; i < example.inputs.size(); ++i)
      text += fmt::format("{}: {}\n", data_.data.input_names[i], shortened(example.inputs[i]));
    return text;
  }
  [[nodiscard]] std::string expected(const Example& example) const {
    return data_.data.label_name.empty()
               ? std::string{}
               : fmt::format("expected answer: {}\n", shortened(example.label));
  }

  [[nodiscard]] std::string examples() const {
    std::string text;
    std::size_t number = 0;
    for (const std::uint32_t position : request_.examples) {
      const Example& example = example_at(position);
      text += fmt::format("Example {}\n{}{}\n", ++number, inputs_of(example), expected(example));
    }
    return std::string{trimmed(text)};
  }

  /// Observations [begin, end), with what the metric says of them.
  [[nodiscard]] std::string observations(std::size_t begin, std::size_t end) const {
    std::string text;
    for (std::size_t i = begin; i < end; ++i) {
      const Observation& seen = request_.observations[i];
      const Example& example = example_at(seen.position / trials_);
      text += fmt::format("Case {}\n{}", i + 1, inputs_of(example));
      text += fmt::format("answer of the program: {}\n",
                          seen.output.empty() ? "(none)" : shortened(seen.output));
      text += expected(example);
      if (seen.status <= model::CellStatus::wrong)
        text += fmt::format("score: {:.4g}\n", seen.score);
      if (i < feedback_.size() && !feedback_[i].empty())
        text += fmt::format("remark: {}\n", shortened(feedback_[i]));
      text += '\n';
    }
    return std::string{trimmed(text)};
  }

  const PipelineParts& parts_;
  const TextRequest& request_;
  std::span<const std::string> feedback_;
  std::uint32_t trials_;
  const SplitDataset& data_;
  const PipelineStage* subject_ = nullptr;
  WritingTask task_;
};

}  // namespace

WritingTask writing_task(const PipelineParts& parts, const TextInput& input,
                         const SplitDataset& data) {
  return TaskWriter{parts, input, data}.write();
}

}  // namespace foundation::programs::detail
