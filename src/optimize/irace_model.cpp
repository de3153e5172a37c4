#include "optimize/detail/irace_model.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

#include "core/contracts.hpp"
#include "core/exact_math.hpp"

namespace foundation::optimize::detail {

namespace exact = core::exact;
using model::Parameter;
using model::ParameterKind;
using model::Value;

namespace {

constexpr double widest = 0.3;  // irace begins with 0.5, which costs an iteration

}  // namespace

double Narrowing::deviation() const noexcept {
  const double exponent = static_cast<double>(iteration) / parameters;
  return widest * exact::pow(1.0 / proposals, exponent);
}

double Narrowing::pull(std::uint32_t of) const noexcept {
  return static_cast<double>(of) / std::max(elites(), of + 1);
}

std::uint32_t Narrowing::elites() const noexcept {
  return 1 + static_cast<std::uint32_t>(std::bit_width(parameters));  // floor(2 + log2(parameters))
}

double Narrowing::most_probable() const noexcept { return exact::pow(0.2, 1.0 / parameters); }

std::vector<Value> choices_of(const Parameter& parameter) {
  std::vector<Value> values;
  if (parameter.kind == ParameterKind::boolean) {
    for (const bool value : {false, true}) {
      const std::string text = model::to_string(Value{value});
      if (parameter.choices.empty() ||
          std::ranges::find(parameter.choices, text) != parameter.choices.end())
        values.emplace_back(value);
    }
  } else if (parameter.kind == ParameterKind::categorical ||
             parameter.kind == ParameterKind::text) {
    values.assign(parameter.choices.begin(), parameter.choices.end());
  }
  return values;
}

double draw_near(double mean, double deviation, core::Stream& stream) {
  const double below = exact::normal_cdf(-mean / deviation);
  const double above = exact::normal_cdf((1 - mean) / deviation);
  const double share = below + stream.uniform() * (above - below);
  if (share <= 0 || share >= 1) return std::clamp(mean, 0.0, 1.0);
  return std::clamp(mean + deviation * exact::normal_quantile(share), 0.0, 1.0);
}

std::size_t draw_index(std::span<const double> probabilities, core::Stream& stream) {
  EXPECTS(!probabilities.empty());
  double left = stream.uniform() * std::accumulate(probabilities.begin(), probabilities.end(), 0.0);
  for (std::size_t i = 0; i + 1 < probabilities.size(); ++i) {
    left -= probabilities[i];
    if (left < 0) return i;
  }
  return probabilities.size() - 1;
}

}  // namespace foundation::optimize::detail
