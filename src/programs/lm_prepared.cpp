// One candidate's pipeline at work.
#include "programs/detail/lm_prepared.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/random.hpp"
#include "programs/detail/cell_stream.hpp"
#include "programs/detail/lm_asking.hpp"
#include "programs/detail/lm_prompt.hpp"

namespace foundation::programs::detail {
namespace {

using endpoints::Message;
using endpoints::Request;
using model::CellStatus;

/// A stage that asks a model, as one candidate has it.
class PreparedStage {
 public:
  PreparedStage(const PipelineStage& stage, const std::string& default_model,
                const model::Assignment& settings, const SplitDataset& data)
      : stage_{stage} {
    if (!stage.demonstrations_parameter.empty())
      positions_ = settings.demonstrations(stage.demonstrations_parameter).positions;
    request_.model = stage.options.model.empty() ? default_model : stage.options.model;
    request_.temperature = stage.options.temperature;
    request_.max_tokens = stage.options.max_tokens;
    request_.response_format = response_format(stage);
    if (stage.options.format == LmFormat::markers) request_.stop = {std::string{end_line}};
    request_.messages = {system_message(stage, settings.text(stage.instruction_parameter))};
    for (const std::uint32_t position : positions_) show(data, position);
    request_.prefix = prefix_of(request_);
  }

  /// The request for these inputs. On the train split the example itself is not shown.
  [[nodiscard]] Request request_for(const std::vector<std::string>& values, const CellInput& cell,
                                    std::uint32_t seed) const {
    Request request = request_;
    if (cell.split == model::Split::train) leave_out(cell.example_position, request);
    request.messages.push_back(question(stage_, values));
    request.seed = seed;
    return request;
  }

 private:
  static constexpr std::ptrdiff_t turns = 2;  // of a demonstration

  void show(const SplitDataset& data, std::uint32_t position) {
    const std::uint32_t size = data.size(model::Split::train);
    if (position >= size)
      throw core::Error{
          core::ErrorKind::bad_input,
          fmt::format("demonstration {} does not exist: the train split has {} examples", position,
                      size),
          "positions count from 0 in the train split's order"};
    for (Message& turn : demonstration(stage_, data.at(model::Split::train, position)))
      request_.messages.push_back(std::move(turn));
  }

  void leave_out(std::uint32_t position, Request& request) const {
    const auto shown = std::ranges::find(positions_, position);
    if (shown == positions_.end()) return;
    const auto first = request.messages.begin() + 1 + turns * (shown - positions_.begin());
    request.messages.erase(first, first + turns);
  }

  const PipelineStage& stage_;
  std::vector<std::uint32_t> positions_;  ///< of the demonstrations, in the order they are shown
  Request request_;                       ///< all but the question
};

class PreparedPipeline final : public PreparedProgram {
 public:
  PreparedPipeline(const PipelineParts& shared, endpoints::Client& client,
                   const model::Assignment& settings, const SplitDataset& data)
      : shared_{shared}, client_{client}, data_{data} {
    for (const PipelineStage& stage : shared.pipeline.stages) {
      stages_.emplace_back();
      if (stage.asks_model()) stages_.back().emplace(stage, shared.options.model, settings, data);
    }
  }

  [[nodiscard]] CellOutput run(const CellInput& cell) const override {
    const Pipeline& pipeline = shared_.pipeline;
    const endpoints::LimitOptions& prices = shared_.options.client.limits;
    std::vector<std::vector<std::string>> outputs;
    Spent spent;
    for (std::size_t s = 0; s < stages_.size(); ++s) {
      const auto values = inputs_of(pipeline.stages[s], cell, outputs);
      StageResult result = stages_[s] ? ask(s, values, cell) : retrieve(s, values);
      spent.add(result.spent);
      if (result.status != CellStatus::ok)
        return {result.status,
                fmt::format("stage '{}': {}", pipeline.stages[s].options.name, result.problem),
                spent.cost(prices), spent.duration};
      outputs.push_back(std::move(result.values));
    }
    return {.text = std::move(outputs[*pipeline.answer.stage][pipeline.answer.field]),
            .cost = spent.cost(prices),
            .duration = spent.duration};
  }

 private:
  [[nodiscard]] static std::vector<std::string> inputs_of(
      const PipelineStage& stage, const CellInput& cell,
      const std::vector<std::vector<std::string>>& outputs) {
    std::vector<std::string> values;
    for (const FieldSource& source : stage.sources)
      values.push_back(source.stage ? outputs[*source.stage][source.field]
                                    : cell.example->inputs[source.field]);
    return values;
  }

  [[nodiscard]] StageResult ask(std::size_t number, const std::vector<std::string>& values,
                                const CellInput& cell) const {
    return ask_model(client_, shared_.pipeline.stages[number],
                     stages_[number]->request_for(values, cell, seed_of(number, cell)),
                     shared_.options.repairs);
  }

  [[nodiscard]] StageResult retrieve(std::size_t number,
                                     const std::vector<std::string>& values) const {
    const LmStage& options = shared_.pipeline.stages[number].options;
    const Bm25Index& corpus = shared_.corpora.at(corpus_key(options));
    std::string query;
    for (const std::string& value : values) query += value + '\n';
    std::string found;
    std::uint32_t rank = 0;
    for (const std::uint32_t passage : corpus.search(query, options.passages)) {
      if (rank > 0) found += '\n';
      found += fmt::format("[{}] {}", ++rank, corpus.passage(passage));
    }
    return {.values = {std::move(found)}};
  }

  /// The same for every candidate: they meet the same luck. By the example's own number, so that
  /// it does not depend on its split.
  [[nodiscard]] std::uint32_t seed_of(std::size_t stage, const CellInput& cell) const {
    const auto& order = data_.order[static_cast<std::size_t>(cell.split)];
    core::Stream stream{shared_.seed, core::Purpose::program, order[cell.example_position],
                        cell.trial, static_cast<std::uint32_t>(stage)};
    return draw_seed(stream);
  }

  const PipelineParts& shared_;
  endpoints::Client& client_;
  const SplitDataset& data_;
  std::vector<std::optional<PreparedStage>> stages_;  ///< nothing: it retrieves
};

}  // namespace

std::string corpus_key(const LmStage& stage) { return stage.corpus + '\n' + stage.text; }

std::unique_ptr<PreparedProgram> prepare_pipeline(const PipelineParts& parts,
                                                  endpoints::Client& client,
                                                  const model::Assignment& settings,
                                                  const SplitDataset& data) {
  return std::make_unique<PreparedPipeline>(parts, client, settings, data);
}

}  // namespace foundation::programs::detail
