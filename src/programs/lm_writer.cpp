#include "programs/detail/lm_writer.hpp"

#include <utility>

#include <fmt/format.h>

#include "programs/detail/cell_stream.hpp"
#include "programs/detail/lm_asking.hpp"
#include "programs/detail/lm_prompt.hpp"

namespace foundation::programs::detail {

CellOutput write_text(const PipelineParts& parts, endpoints::Client& client, const TextInput& input,
                      const SplitDataset& data) {
  const WritingTask task = writing_task(parts, input, data);
  endpoints::Request request;
  request.model = task.stage.options.model;
  request.temperature = task.stage.options.temperature;
  request.max_tokens = task.stage.options.max_tokens;
  request.stop = {std::string{end_line}};
  core::Stream chance = text_stream(parts.seed, input);
  request.seed = draw_seed(chance);
  request.messages = {system_message(task.stage, task.instruction)};
  request.messages.push_back(question(task.stage, task.values));
  request.prefix = prefix_of(request);
  StageResult result = ask_model(client, task.stage, std::move(request), parts.options.repairs);
  const std::optional<double> cost = result.spent.cost(parts.options.client.limits);
  if (result.status != model::CellStatus::ok)
    return {result.status,
            fmt::format("writing '{}': {}", task.stage.outputs.front().name, result.problem), cost,
            result.spent.duration};
  return {
      .text = std::move(result.values.front()), .cost = cost, .duration = result.spent.duration};
}

}  // namespace foundation::programs::detail
