#include "tests/benchmarks/configuration/scenario.hpp"

#include <array>

#include "core/exact_math.hpp"
#include "core/random.hpp"

namespace foundation::configuration {

namespace exact = core::exact;

namespace {

double normal(core::Stream& stream) {
  return exact::normal_quantile((static_cast<double>(stream.next() >> 11) + 0.5) * 0x1.0p-53);
}

double square(double value) { return value * value; }

}  // namespace

double cost(const Settings& it, std::uint32_t instance) {
  core::Stream stream{2026, core::Purpose::generate, instance};
  const double hardness = exact::exp(1.2 * normal(stream));
  const double best_step = 3.0 + 0.8 * normal(stream);
  const double best_decay = -2.0 + 0.3 * normal(stream);
  const double best_mix = 0.35 + 0.08 * normal(stream);
  const double best_depth = 18 + 4 * normal(stream);
  std::array<double, 4> of_engine{0.9, 0.25, 0.0, 0.5};
  for (double& offset : of_engine) offset += 0.3 * normal(stream);
  double exponent = of_engine[static_cast<std::size_t>(it.engine)];
  exponent += 8 * square((it.step - best_step) / 10);
  exponent += 4 * square((exact::log(it.decay) / exact::log(10) - best_decay) / 4);
  exponent += 3 * square(it.mix - best_mix) + 2 * (it.step / 10 - 0.3) * (it.mix - 0.35);
  if (it.engine == 1 || it.engine == 2) exponent += 4 * square((it.depth - best_depth) / 50);
  const bool gains = stream.chance(0.7);
  exponent += it.restart == gains ? 0.0 : 0.2;
  return hardness * exact::exp(exponent);
}

}  // namespace foundation::configuration

extern "C" void foundation_scenario_cost(const int* engine, const double* step, const double* decay,
                                         const double* mix, const int* depth, const int* restart,
                                         const int* instance, double* cost) {
  *cost = foundation::configuration::cost({*engine, *step, *decay, *mix, *depth, *restart != 0},
                                          static_cast<std::uint32_t>(*instance));
}
