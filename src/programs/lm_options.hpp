#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "endpoints/options.hpp"

namespace foundation::programs {

/// A named text that a stage reads or writes.
struct LmField {
  std::string name{};         ///< inputs may be written "STAGE.FIELD"
  std::string description{};  ///< told to the model; may be empty
  /// Outputs: the field of the trainset that demonstrations show here; empty: the label for the
  /// answer and for an output of its name, else nothing.
  std::string shows{};
};

/// How fields are written in prompts and answers.
enum class LmFormat : std::uint8_t { markers, json };

/// One step of a pipeline.
struct LmStage {
  enum class Kind : std::uint8_t { predict, chain_of_thought, retrieve };
  std::string name{};
  Kind kind = Kind::predict;
  std::vector<LmField> inputs{};   ///< of the trainset or outputs of earlier stages
  std::vector<LmField> outputs{};  ///< retrieve: exactly one
  // predict and chain_of_thought
  std::string instruction{};
  std::vector<std::string> instructions{};  ///< others that a strategy may try
  std::uint32_t max_demonstrations = 16;
  double temperature = 0;
  std::uint32_t max_tokens = 256;
  std::string model{};  ///< empty: that of the pipeline
  LmFormat format = LmFormat::markers;
  // retrieve
  std::string corpus{};       ///< JSON Lines
  std::string text = "text";  ///< field of a passage in it
  std::uint32_t passages = 3;
};

/// How texts are written for strategies that ask for them.
struct LmWriter {
  bool is_asked = false;  ///< the job's strategy does
  std::string model{};    ///< empty: that of the pipeline, or of the stage the text is for
  double temperature = 1;
  std::uint32_t max_tokens = 1024;
};

struct LmOptions {
  std::string model{};   ///< of stages that name none
  std::string answer{};  ///< "STAGE.FIELD"; empty: the first output of the last stage
  std::vector<LmStage> stages{};
  std::uint32_t repairs = 1;  ///< times a model is asked again for an answer it can use
  LmWriter writer{};
  std::uint32_t in_flight = 64;  ///< cells of a rank under way at a time
  endpoints::ClientOptions client{};
};

/// "predict", "chain_of_thought", "retrieve" and "markers", "json": in the order of the enums.
[[nodiscard]] std::span<const std::string_view> lm_stage_kinds() noexcept;
[[nodiscard]] std::span<const std::string_view> lm_formats() noexcept;

/// Throws core::Error{bad_input} that names stage and field when the stages do not fit together
/// or to a trainset with these fields (`label` may be empty).
void check_lm_stages(const LmOptions& options, const std::vector<std::string>& inputs,
                     const std::string& label);

}  // namespace foundation::programs
