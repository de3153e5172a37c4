#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "programs/lm_options.hpp"

namespace foundation::programs::detail {

/// A field of the trainset: an input by its place, or the label.
struct TrainsetField {
  std::optional<std::size_t> input;  ///< nothing: the label
};

/// Where the value of a stage's input comes from.
struct FieldSource {
  std::optional<std::size_t> stage;  ///< an earlier one; nothing: the trainset
  std::size_t field = 0;             ///< which of its outputs, or of the trainset's inputs
};

/// A field as prompts show it.
struct PromptField {
  std::string name;
  std::string description;
  /// What demonstrations show here, if anything.
  std::optional<TrainsetField> shown;
};

/// A stage with its wiring resolved.
struct PipelineStage {
  LmStage options;
  std::vector<PromptField> inputs;
  std::vector<FieldSource> sources;  ///< beside `inputs`
  /// What the model is asked for: the reasoning first, if there is one.
  std::vector<PromptField> outputs;
  std::size_t reasoning_fields = 0;  ///< of `outputs`, at the front; no other stage can read them
  std::string instruction_parameter;
  std::string demonstrations_parameter;  ///< empty: it has none

  [[nodiscard]] bool asks_model() const noexcept { return options.kind != LmStage::Kind::retrieve; }
};

struct Pipeline {
  std::vector<PipelineStage> stages;
  FieldSource answer;  ///< `stage` is set
};

/// Throws as check_lm_stages does.
[[nodiscard]] Pipeline resolve(const LmOptions& options, const std::vector<std::string>& inputs,
                               const std::string& label);

}  // namespace foundation::programs::detail
