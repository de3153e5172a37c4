#include "endpoints/detail/token_estimate.hpp"

#include <algorithm>
#include <cmath>

namespace foundation::endpoints::detail {
namespace {

constexpr double memory = 0.9;  // of the moving means

std::uint64_t rounded(double number) {
  return static_cast<std::uint64_t>(std::llround(std::max(number, 0.0)));
}

}  // namespace

Demand TokenEstimate::demand(std::uint64_t prompt_bytes, std::uint32_t max_tokens) const {
  const double answer = std::min<double>(answer_tokens_.value_or(max_tokens), max_tokens);
  return {
      .expected = {rounded(static_cast<double>(prompt_bytes) * tokens_per_byte_), rounded(answer)},
      .most = {prompt_bytes, max_tokens}};
}

void TokenEstimate::learn(std::uint64_t prompt_bytes, const Usage& used) {
  if (used.prompt_tokens == 0 || prompt_bytes == 0) return;
  const auto answer = static_cast<double>(used.completion_tokens);
  const double ratio = static_cast<double>(used.prompt_tokens) / static_cast<double>(prompt_bytes);
  const double kept = answer_tokens_ ? memory : 0;  // the first one replaces what was assumed
  tokens_per_byte_ = kept * tokens_per_byte_ + (1 - kept) * ratio;
  answer_tokens_ = kept * answer_tokens_.value_or(0) + (1 - kept) * answer;
}

}  // namespace foundation::endpoints::detail
