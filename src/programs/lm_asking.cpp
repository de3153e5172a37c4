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

StageResult cut_short(const PipelineStage& stage) {
  return {.status = CellStatus::invalid_output,
          .problem = fmt::format("the answer was cut at max_tokens = {} before its end",
                                 stage.options.max_tokens)};
}

}  // namespace

StageResult ask_model(endpoints::Client& client, const PipelineStage& stage, Request request,
                      std::uint32_t repairs) {
  for (std::uint32_t repaired = 0;; ++repaired) {
    const Reply reply = client.complete(request);
    if (const auto* failure = std::get_if<Failure>(&reply))
      return {.status = status_of(failure->kind), .problem = failure->message};
    const auto& completion = std::get<Completion>(reply);
    ParsedAnswer answer = parse_answer(stage, completion.text);
    const bool cut = completion.finish_reason == "length" && !answer.ended;
    if (cut) return cut_short(stage);
    if (answer.problem == AnswerProblem::none) return {.values = std::move(answer.values)};
    if (repaired == repairs)
      return {.status = CellStatus::invalid_output,
              .problem = fmt::format("the model's answer cannot be used: {} (after {} repairs)",
                                     answer.words, repaired)};
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
