#include "programs/detail/lm_writer.hpp"

#include <utility>

#include <fmt/format.h>

#include "core/random.hpp"
#include "programs/detail/lm_asking.hpp"
#include "programs/detail/lm_prompt.hpp"

namespace foundation::programs::detail {
namespace {

/// By content and sample: the same request is the same question in every run.
std::uint32_t seed_of(const PipelineParts& parts, const TextInput& input) {
  const core::Digest digest = model::digest(*input.request);
  core::Stream stream{parts.seed ^ digest.high, core::Purpose::write,
                      static_cast<std::uint32_t>(digest.low >> 32U),
                      static_cast<std::uint32_t>(digest.low), input.sample};
  return draw_seed(stream);
}

}  // namespace

CellOutput write_text(const PipelineParts& parts, endpoints::Client& client, const TextInput& input,
                      const SplitDataset& data) {
  const WritingTask task = writing_task(parts, input, data);
  endpoints::Request request;
  request.model = task.stage.options.model;
  request.temperature = task.stage.options.temperature;
  request.max_tokens = task.stage.options.max_tokens;
  request.stop = {std::string{end_line}};
  request.seed = seed_of(parts, input);
  request.messages = {system_message(task.stage, task.instruction)};
  request.messages.push_back(question(task.stage, task.values));
  request.prefix = prefix_of(request);
  StageResult result = ask_model(client, task.stage, std::move(request), parts.options.repairs);
  if (result.status != model::CellStatus::ok)
    return {result.status,
            fmt::format("writing '{}': {}", task.stage.outputs.front().name, result.problem)};
  return {.text = std::move(result.values.front())};
}

}  // namespace foundation::programs::detail
