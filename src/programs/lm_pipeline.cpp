#include "programs/detail/lm_pipeline.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/quantity.hpp"
#include "programs/detail/known_fields.hpp"
#include "programs/detail/text.hpp"

namespace foundation::programs {
namespace {

constexpr std::array<std::string_view, 3> stage_kinds{"predict", "chain_of_thought", "retrieve"};
constexpr std::array<std::string_view, 2> formats{"markers", "json"};

}  // namespace

std::span<const std::string_view> lm_stage_kinds() noexcept { return stage_kinds; }
std::span<const std::string_view> lm_formats() noexcept { return formats; }

void check_lm_stages(const LmOptions& options, const std::vector<std::string>& inputs,
                     const std::string& label) {
  static_cast<void>(detail::resolve(options, inputs, label));
}

}  // namespace foundation::programs

namespace foundation::programs::detail {
namespace {

constexpr std::size_t longest_name = 64;
constexpr std::string_view reasoning = "reasoning";
constexpr std::string_view reasoning_text = "your thoughts, step by step, before you decide";
constexpr std::string_view end_marker = "end";

[[noreturn]] void reject(std::string message, std::string hint = {}) {
  throw core::Error{core::ErrorKind::bad_input, std::move(message), std::move(hint)};
}

bool is_identifier(std::string_view name) {
  return !name.empty() && name.size() <= longest_name && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
}

/// Resolves stage after stage; each sees those before it.
class Resolver {
 public:
  Resolver(const LmOptions& options, const std::vector<std::string>& inputs,
           const std::string& label)
      : options_{options}, inputs_{inputs}, label_{label} {}

  Pipeline resolve() {
    if (options_.stages.empty())
      reject("the program has no stages", "describe one below [[program.stages]]");
    for (const LmStage& stage : options_.stages) add(stage);
    resolve_answer();
    for (PipelineStage& stage : pipeline_.stages) add_shown(stage);
    for (PipelineStage& stage : pipeline_.stages) show_what_sources_show(stage);
    for (PipelineStage& stage : pipeline_.stages) name_parameters(stage);
    return std::move(pipeline_);
  }

 private:
  void add(const LmStage& options) {
    if (!is_identifier(options.name))
      reject(fmt::format("'{}' is no name for a stage", options.name),
             "names are letters, digits, '_' and '-', at most 64");
    for (const PipelineStage& other : pipeline_.stages)
      if (other.options.name == options.name)
        reject(fmt::format("two stages have the name '{}'", options.name));
    PipelineStage stage;
    stage.options = options;
    for (const LmField& field : options.inputs) add_input(stage, field);
    for (const LmField& field : options.outputs) add_output(stage, field);
    check(stage);
    if (options.kind == LmStage::Kind::chain_of_thought) {
      require_unused(stage, std::string{reasoning});
      stage.outputs.insert(stage.outputs.begin(), {.name = std::string{reasoning},
                                                   .description = std::string{reasoning_text},
                                                   .shown = {}});
      stage.reasoning_fields = 1;
    }
    pipeline_.stages.push_back(std::move(stage));
  }

  void check(const PipelineStage& stage) const {
    const LmStage& options = stage.options;
    if (stage.inputs.empty()) reject(fmt::format("the stage '{}' reads no field", options.name));
    if (stage.outputs.empty()) reject(fmt::format("the stage '{}' fills no field", options.name));
    if (stage.asks_model()) {
      if (options.instruction.empty())
        reject(fmt::format("the stage '{}' has no instruction", options.name),
               "say what its model is to do: instruction = \"...\"");
      if (options.model.empty() && options_.model.empty())
        reject(fmt::format("the stage '{}' has no model", options.name),
               "name one for all stages in [program]: model = \"...\"");
      return;
    }
    if (stage.outputs.size() != 1)
      reject(fmt::format("the stage '{}' retrieves, so it fills one field with all passages",
                         options.name));
    if (options.corpus.empty())
      reject(fmt::format("the stage '{}' has nothing to retrieve from", options.name),
             "name a file of JSON lines: corpus = \"...\"");
  }

  void require_usable(const PipelineStage& stage, const std::string& name) const {
    const bool plain = std::ranges::all_of(name, [](char c) {
      return static_cast<unsigned char>(c) >= 0x20 && c != '#' && c != '[' && c != ']';
    });
    if (!name.empty() && name.size() <= longest_name && plain && name != end_marker &&
        trimmed(name) == name)
      return;
    reject(fmt::format("the stage '{}' has a field '{}', which cannot stand in a prompt",
                       stage.options.name, name),
           "field names are one line without '#', '[' and ']', at most 64 bytes, and not \"end\"");
  }

  void require_unused(const PipelineStage& stage, const std::string& name) const {
    const auto is_name = [&](const PromptField& field) { return field.name == name; };
    if (std::ranges::any_of(stage.inputs, is_name) || std::ranges::any_of(stage.outputs, is_name))
      reject(fmt::format("the stage '{}' has two fields '{}'", stage.options.name, name),
             name == reasoning ? "chain_of_thought has a field 'reasoning' of its own" : "");
  }

  void add_input(PipelineStage& stage, const LmField& field) {
    const auto [source, name] = find(stage, field.name);
    require_usable(stage, name);
    require_unused(stage, name);
    if (!field.shows.empty())
      reject(fmt::format("the input '{}' of the stage '{}' cannot say what it shows", field.name,
                         stage.options.name),
             "`shows` belongs to the output it is read from");
    stage.inputs.push_back({.name = name, .description = field.description, .shown = {}});
    stage.sources.push_back(source);
  }

  void add_output(PipelineStage& stage, const LmField& field) {
    require_usable(stage, field.name);
    require_unused(stage, field.name);
    PromptField output{.name = field.name, .description = field.description, .shown = {}};
    if (!field.shows.empty()) output.shown = trainset_field(stage, field.shows);
    stage.outputs.push_back(std::move(output));
  }

  [[nodiscard]] TrainsetField trainset_field(const PipelineStage& stage,
                                             const std::string& name) const {
    if (!label_.empty() && name == label_) return {};
    const auto input = std::ranges::find(inputs_, name);
    if (input != inputs_.end()) return {.input = static_cast<std::size_t>(input - inputs_.begin())};
    std::vector<std::string_view> known{inputs_.begin(), inputs_.end()};
    if (!label_.empty()) known.push_back(label_);
    reject(fmt::format("an output of the stage '{}' shows '{}', which is no field of the trainset",
                       stage.options.name, name),
           hint_for_field(name, known));
  }

  /// What an input's name means: "STAGE.FIELD", a field of the trainset, or an output of the latest
  /// stage that has one of this name. Trainsets may have dots in their names.
  [[nodiscard]] std::pair<FieldSource, std::string> find(const PipelineStage& stage,
                                                         const std::string& name) const {
    const auto input = std::ranges::find(inputs_, name);
    if (input != inputs_.end())
      return {{.stage = {}, .field = static_cast<std::size_t>(input - inputs_.begin())}, name};
    const std::size_t dot = name.find('.');
    const std::string owner = dot == std::string::npos ? std::string{} : name.substr(0, dot);
    const std::string field = dot == std::string::npos ? name : name.substr(dot + 1);
    if (const auto source = find_output(owner, field)) return {*source, field};
    const auto names = known_names();
    const std::vector<std::string_view> known{names.begin(), names.end()};
    reject(fmt::format("the stage '{}' reads '{}', which is neither a field of the trainset nor an "
                       "output of an earlier stage",
                       stage.options.name, name),
           hint_for_field(name, known));
  }

  /// `owner` empty: any stage.
  [[nodiscard]] std::optional<FieldSource> find_output(const std::string& owner,
                                                       const std::string& field) const {
    for (std::size_t s = pipeline_.stages.size(); s-- > 0;) {
      const PipelineStage& stage = pipeline_.stages[s];
      if (!owner.empty() && stage.options.name != owner) continue;
      for (std::size_t i = stage.reasoning_fields; i < stage.outputs.size(); ++i)
        if (stage.outputs[i].name == field) return FieldSource{.stage = s, .field = i};
    }
    return std::nullopt;
  }

  [[nodiscard]] std::vector<std::string> known_names() const {
    std::vector<std::string> names{inputs_.begin(), inputs_.end()};
    for (const PipelineStage& stage : pipeline_.stages)
      for (std::size_t i = stage.reasoning_fields; i < stage.outputs.size(); ++i)
        names.push_back(stage.options.name + "." + stage.outputs[i].name);
    return names;
  }

  void resolve_answer() {
    const std::string& name = options_.answer;
    if (name.empty()) {
      pipeline_.answer = {.stage = pipeline_.stages.size() - 1,
                          .field = pipeline_.stages.back().reasoning_fields};
      return;
    }
    const std::size_t dot = name.find('.');
    const auto source = dot == std::string::npos
                            ? find_output({}, name)
                            : find_output(name.substr(0, dot), name.substr(dot + 1));
    if (!source) {
      const auto names = known_names();
      const std::vector<std::string_view> known{names.begin(), names.end()};
      reject(fmt::format("the answer is to be '{}', which no stage fills", name),
             hint_for_field(name, known));
    }
    pipeline_.answer = *source;
  }

  /// The label stands where the answer is asked for, and in an output of its name.
  void add_shown(PipelineStage& stage) const {
    if (label_.empty()) return;
    const auto number = static_cast<std::size_t>(&stage - pipeline_.stages.data());
    for (std::size_t i = stage.reasoning_fields; i < stage.outputs.size(); ++i) {
      PromptField& output = stage.outputs[i];
      const bool is_answer = pipeline_.answer.stage == number && pipeline_.answer.field == i;
      if (!output.shown && (is_answer || output.name == label_)) output.shown = TrainsetField{};
    }
  }

  void show_what_sources_show(PipelineStage& stage) const {
    for (std::size_t i = 0; i < stage.inputs.size(); ++i) {
      const FieldSource& source = stage.sources[i];
      stage.inputs[i].shown = source.stage
                                  ? pipeline_.stages[*source.stage].outputs[source.field].shown
                                  : TrainsetField{.input = source.field};
    }
  }

  static void name_parameters(PipelineStage& stage) {
    if (!stage.asks_model()) return;
    stage.instruction_parameter = stage.options.name + "_instruction";
    const bool shows_any = std::ranges::any_of(
        stage.outputs, [](const PromptField& output) { return output.shown.has_value(); });
    if (shows_any && stage.options.max_demonstrations > 0)
      stage.demonstrations_parameter = stage.options.name + "_demonstrations";
  }

  const LmOptions& options_;
  const std::vector<std::string>& inputs_;
  const std::string& label_;
  Pipeline pipeline_;
};

}  // namespace

Pipeline resolve(const LmOptions& options, const std::vector<std::string>& inputs,
                 const std::string& label) {
  return Resolver{options, inputs, label}.resolve();
}

}  // namespace foundation::programs::detail
