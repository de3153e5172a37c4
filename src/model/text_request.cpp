#include "model/text_request.hpp"

namespace foundation::model {

std::string_view name_of(RequestKind kind) noexcept {
  switch (kind) {
    case RequestKind::describe: return "describe";
    case RequestKind::rewrite: return "rewrite";
    case RequestKind::advise: return "advise";
  }
  return "unknown";
}

core::Digest digest(const TextRequest& request) {
  const core::Digest assignment = digest(request.assignment);
  core::Hasher hasher;
  hasher.add(request.kind).add(request.parameter).add(assignment.high).add(assignment.low);
  hasher.add(request.attempts.size());
  for (const Attempt& attempt : request.attempts) hasher.add(attempt.text).add(attempt.score);
  hasher.add(request.observations.size());
  for (const Observation& seen : request.observations)
    hasher.add(seen.position).add(seen.status).add(seen.score).add(seen.output);
  hasher.add(request.examples.size());
  for (const std::uint32_t example : request.examples) hasher.add(example);
  hasher.add(request.notes).add(request.tip);
  return hasher.digest();
}

}  // namespace foundation::model
