// A language-model pipeline in the sense of DSPy (Khattab et al., arXiv:2310.03714): stages with
// named inputs and outputs, whose instructions and demonstrations are the parameters.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/hash.hpp"
#include "programs/detail/built_in_programs.hpp"
#include "programs/detail/lazy_client.hpp"
#include "programs/detail/lm_asking.hpp"
#include "programs/detail/lm_prepared.hpp"
#include "programs/detail/lm_prompt.hpp"
#include "programs/detail/lm_writer.hpp"

namespace foundation::programs::detail {
namespace {

using model::Parameter;
using model::ParameterKind;

Parameter instruction_parameter(const PipelineStage& stage) {
  Parameter parameter{.name = stage.instruction_parameter,
                      .kind = ParameterKind::text,
                      .low = 0,
                      .high = 0,
                      .choices = {},
                      .open = true,
                      .initial = stage.options.instruction,
                      .conditions = {},
                      .description = "what the stage's model is told to do"};
  if (stage.options.instructions.empty()) return parameter;
  parameter.choices = {stage.options.instruction};
  for (const std::string& other : stage.options.instructions)
    if (std::ranges::find(parameter.choices, other) == parameter.choices.end())
      parameter.choices.push_back(other);
  return parameter;
}

Parameter demonstrations_parameter(const PipelineStage& stage) {
  return {.name = stage.demonstrations_parameter,
          .kind = ParameterKind::demonstrations,
          .low = 0,
          .high = static_cast<double>(stage.options.max_demonstrations),
          .choices = {},
          .initial = model::Demonstrations{},
          .conditions = {},
          .description = "examples the stage's model is shown"};
}

/// Everything that may change an answer, but for what parameters, metric and data say themselves:
/// neither keys nor endpoints.
std::string identity_of(const PipelineParts& shared) {
  core::Hasher hasher;
  hasher.add(shared.options.answer).add(shared.options.repairs).add(shared.seed);
  for (const PipelineStage& stage : shared.pipeline.stages) {
    const LmStage& options = stage.options;
    hasher.add(options.name).add(options.kind).add(options.format).add(options.max_tokens);
    hasher.add(options.model.empty() ? shared.options.model : options.model);
    hasher.add(options.temperature).add(options.passages).add(options.max_demonstrations);
    for (const auto* fields : {&options.inputs, &options.outputs}) {
      hasher.add(fields->size());
      for (const LmField& field : *fields)
        hasher.add(field.name).add(field.description).add(field.shows);
    }
    if (stage.asks_model()) continue;
    const core::Digest corpus = shared.corpora.at(corpus_key(options)).digest();
    hasher.add(corpus.high).add(corpus.low);
  }
  std::string identity = fmt::format("lm {} {}", prompt_version, hasher.digest().hex());
  if (shared.options.writer.is_asked) identity += fmt::format(" writer {}", writer_version);
  return identity;
}

class LanguageModelProgram final : public Program {
 public:
  LanguageModelProgram(const ProgramOptions& options, const Dataset& data)
      : client_{options.lm.client} {
    shared_.options = options.lm;
    shared_.seed = options.seed;
    shared_.pipeline = resolve(options.lm, data.input_names, data.label_name);
    for (const LmStage& stage : options.lm.stages)
      if (stage.kind == LmStage::Kind::retrieve && !shared_.corpora.contains(corpus_key(stage)))
        shared_.corpora.emplace(corpus_key(stage), read_corpus(stage.corpus, stage.text));
    identity_ = identity_of(shared_);
  }

  [[nodiscard]] std::string identity() const override { return identity_; }

  [[nodiscard]] model::Space space() const override {
    std::vector<Parameter> parameters;
    for (const PipelineStage& stage : shared_.pipeline.stages) {
      if (!stage.asks_model()) continue;
      parameters.push_back(instruction_parameter(stage));
      if (!stage.demonstrations_parameter.empty())
        parameters.push_back(demonstrations_parameter(stage));
    }
    return model::Space{std::move(parameters)};
  }

  [[nodiscard]] std::unique_ptr<PreparedProgram> prepare(const model::Candidate& candidate,
                                                         const SplitDataset& data) const override {
    return prepare_pipeline(shared_, client_.get(), candidate.assignment, data);
  }

  [[nodiscard]] bool writes_texts() const noexcept override { return true; }
  [[nodiscard]] CellOutput write(const TextInput& input, const SplitDataset& data) const override {
    return write_text(shared_, client_.get(), input, data);
  }

  [[nodiscard]] std::uint32_t cells_under_way() const override { return shared_.options.in_flight; }
  void share_budget(std::shared_ptr<endpoints::Budget> budget) override {
    client_.share(std::move(budget));
  }

  [[nodiscard]] std::string cost_unit() const override {
    return cost_unit_of(shared_.options.client.limits);
  }
  [[nodiscard]] std::string usage() const override { return client_.usage(); }

 private:
  PipelineParts shared_;
  std::string identity_;
  LazyClient client_;
};

}  // namespace

std::unique_ptr<Program> make_lm(const ProgramOptions& options, const SplitDataset& data) {
  return std::make_unique<LanguageModelProgram>(options, data.data);
}

}  // namespace foundation::programs::detail
