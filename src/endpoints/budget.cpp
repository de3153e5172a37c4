#include "endpoints/budget.hpp"

#include <fmt/format.h>

namespace foundation::endpoints {
namespace {

constexpr double tokens_of_a_price = 1e6;

}  // namespace

std::string describe(Spent spent, const LimitOptions& limits) {
  switch (spent) {
    case Spent::nothing: break;
    case Spent::tokens:
      return fmt::format("the budget of {} tokens is spent (program.limits.tokens)", limits.tokens);
    case Spent::cost:
      return fmt::format("the budget of {} is spent (program.limits.cost)", limits.cost);
  }
  return {};
}

double cost_of(const Usage& usage, const LimitOptions& limits) noexcept {
  return (static_cast<double>(usage.prompt_tokens) * limits.input_price +
          static_cast<double>(usage.completion_tokens) * limits.output_price) /
         tokens_of_a_price;
}

Spent excess_of(const Usage& all, const LimitOptions& limits) noexcept {
  if (limits.tokens > 0 && total_of(all) > limits.tokens) return Spent::tokens;
  if (limits.cost > 0 && cost_of(all, limits) > limits.cost) return Spent::cost;
  return Spent::nothing;
}

}  // namespace foundation::endpoints
