#pragma once

#include <cstdint>

#include "model/space.hpp"

/// An algorithm to configure, made of formulas: six parameters of every kind, one of them
/// conditional, and instances that differ in hardness, by a factor of ten and more, and in where
/// their own optimum lies. What is best for most instances is to be found on a few of them.
namespace foundation::configuration {

/// The space as the strategies see it; scenario.txt says the same to irace.
[[nodiscard]] model::Space scenario_space();

struct Settings {
  int engine = 0;  ///< 0 .. 3
  double step = 0;
  double decay = 0;
  double mix = 0;
  int depth = 0;  ///< counts for engines 1 and 2 only
  bool restart = false;
};

/// Cost of one run, above 0; lower is better. Deterministic.
[[nodiscard]] double cost(const Settings& settings, std::uint32_t instance);

}  // namespace foundation::configuration

/// The same for R: `.C("foundation_scenario_cost", ...)`.
extern "C" void foundation_scenario_cost(const int* engine, const double* step, const double* decay,
                                         const double* mix, const int* depth, const int* restart,
                                         const int* instance, double* cost);
