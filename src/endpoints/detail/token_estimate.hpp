#pragma once

#include <cstdint>
#include <optional>

#include "endpoints/budget.hpp"

namespace foundation::endpoints::detail {

/// What requests of one kind take. One is expected to take as many tokens a byte of prompt as
/// those before it, and as many in the answer; until the first is answered, a third of a token a
/// byte and all of its `max_tokens`. At most it takes a token a byte, which leaves room for what a
/// server adds to a prompt, since words take several bytes a token, and its `max_tokens`.
/// Not thread-safe.
class TokenEstimate {
 public:
  [[nodiscard]] Demand demand(std::uint64_t prompt_bytes, std::uint32_t max_tokens) const;
  void learn(std::uint64_t prompt_bytes, const Usage& used);

 private:
  double tokens_per_byte_ = 1.0 / 3;
  std::optional<double> answer_tokens_;
};

}  // namespace foundation::endpoints::detail
