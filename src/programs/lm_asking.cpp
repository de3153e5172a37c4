#include "programs/detail/lm_asking.hpp"

#include <utility>

#include <fmt/format.h>

#include "core/hash.hpp"
#include "programs/detail/lm_answer.hpp"
#include "programs/detail/lm_prompt.hpp"

namespace foundation::programs::detail {
namespace {

using endpoints::Completion;
using endpoints::Failure;
using endpoints::FailureKind;
using endpoints::Message;
using endpoints::Reply;
using endpoints::Request;
using model::CellStatus;

CellStatus status_of(FailureKind kind) {
  switch (kind) {
    case FailureKind::refused:
    case FailureKind::bad_output: return CellStatus::invalid_output;
    case FailureKind::timeout: return CellStatus::timeout;
    case FailureKind::rate_limited: return CellStatus::rate_limited;
    case FailureKind::lost: return CellStatus::lost;
    case FailureKind::blocked: break;
  }
  return CellStatus::blocked;
}

StageResult unusable(std::string problem, const Spent& spent) {
  return {.status = CellStatus::invalid_output, .problem = std::move(problem), .spent = spent};
}

}  // namespace

// A server that counts no tokens of a prompt does not count at all.
void Spent::add(const Completion& completion) noexcept {
  const endpoints::Usage& more = completion.usage;
  if (more.prompt_tokens == 0) usage.reset();
  if (usage) usage->prompt_tokens += more.prompt_tokens;
  if (usage) usage->completion_tokens += more.completion_tokens;
  if (!completion.duration) duration.reset();
  if (duration) *duration += *completion.duration;
}

void Spent::add(const Spent& more) noexcept {
  if (!more.usage) usage.reset();
  if (usage) usage->prompt_tokens += more.usage->prompt_tokens;
  if (usage) usage->completion_tokens += more.usage->completion_tokens;
  if (!more.duration) duration.reset();
  if (duration) *duration += *more.duration;
}

std::optional<double> Spent::cost(const endpoints::LimitOptions& limits) const noexcept {
  if (!usage) return std::nullopt;
  if (endpoints::has_prices(limits)) return endpoints::cost_of(*usage, limits);
  return static_cast<double>(usage->prompt_tokens + usage->completion_tokens);
}

std::string cost_unit_of(const endpoints::LimitOptions& limits) {
  return endpoints::has_prices(limits) ? "currency of the prices" : "tokens";
}

StageResult ask_model(endpoints::Client& client, const PipelineStage& stage, Request request,
                      std::uint32_t repairs) {
  Spent spent;
  for (std::uint32_t repaired = 0;; ++repaired) {
    const Reply reply = client.complete(request);
    if (const auto* failure = std::get_if<Failure>(&reply)) {
      spent.duration.reset();  // what it took shows in the time of the cell
      return {.status = status_of(failure->kind), .problem = failure->message, .spent = spent};
    }
    const auto& completion = std::get<Completion>(reply);
    spent.add(completion);
    ParsedAnswer answer = parse_answer(stage, completion.text);
    const bool cut = completion.finish_reason == "length" && !answer.ended;
    if (cut)
      return unusable(fmt::format("the answer was cut at max_tokens = {} before its end",
                                  stage.options.max_tokens),
                      spent);
    if (answer.problem == AnswerProblem::none)
      return {.values = std::move(answer.values), .spent = spent};
    if (repaired == repairs)
      return unusable(fmt::format("the model's answer cannot be used: {} (after {} repairs)",
                                  answer.words, repaired),
                      spent);
    for (Message& turn : repair(stage, completion.text, answer.words))
      request.messages.push_back(std::move(turn));
  }
}

std::uint64_t prefix_of(const Request& request) {
  core::Hasher hasher;
  hasher.add(request.model);
  for (const Message& message : request.messages) hasher.add(message.content);
  return hasher.digest().low;
}

}  // namespace foundation::programs::detail
