#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

/// The 24 noiseless functions of the BBOB testbed, from their published definitions: Hansen, Finck,
/// Ros and Auger, "Real-parameter black-box optimization benchmarking 2009: noiseless functions
/// definitions", INRIA RR-6829 (and its updates). Where optima, offsets and rotations of an
/// instance come from a random generator, it is the one of the testbed.
namespace foundation::benchmarks {

inline constexpr std::uint32_t function_count = 24;
/// Every function is searched in [-5, 5]^d.
inline constexpr double search_bound = 5;

/// One function in one dimension (at least 2) and one instance (1, 2, ...). Local; evaluate from
/// one thread.
class BlackBox {
 public:
  virtual ~BlackBox() = default;
  [[nodiscard]] virtual double evaluate(std::span<const double> x) = 0;
  /// Where the global minimum is.
  [[nodiscard]] const std::vector<double>& optimum() const noexcept { return optimum_; }
  /// Its value.
  [[nodiscard]] double minimum() const noexcept { return minimum_; }

 protected:
  BlackBox(std::vector<double> optimum, double minimum)
      : optimum_{std::move(optimum)}, minimum_{minimum} {}
  std::vector<double> optimum_;
  double minimum_;
};

/// `number` 1 .. 24.
[[nodiscard]] std::unique_ptr<BlackBox> make_function(std::uint32_t number, std::size_t dimension,
                                                      std::uint32_t instance);
[[nodiscard]] std::string_view function_name(std::uint32_t number);

}  // namespace foundation::benchmarks
