#include <vector>

#include <boost/random/sobol.hpp>
#include <fmt/format.h>

#include "core/error.hpp"
#include "optimize/detail/enumerated_search.hpp"

namespace foundation::optimize::detail {
namespace {

/// Bits of a coordinate, and of the length of the sequence.
constexpr unsigned bits = 32;
using Engine = boost::random::sobol_engine<std::uint32_t, bits>;
/// Parameters for which Boost has direction numbers.
constexpr std::size_t most_dimensions = boost::random::default_sobol_table::max_dimension;

/// The Sobol sequence (Bratley and Fox, ACM TOMS 14, 1988; direction numbers of Joe and Kuo, SIAM
/// J. Sci. Comput. 30, 2008) with a digital shift drawn from the seed: of each 2^k points that
/// begin at a multiple of 2^k exactly one has each value of a parameter's first k bits, whatever
/// the seed. Points that break a constraint or repeat another are passed over.
class SobolSearch final : public EnumeratedSearch {
 public:
  SobolSearch(const StrategyOptions& options, StrategyInput input)
      : EnumeratedSearch{options, std::move(input), "Sobol sequence"} {
    if (cube().dimension() > most_dimensions) {
      throw core::Error{
          core::ErrorKind::bad_input,
          fmt::format("strategy 'sobol' knows {} dimensions, but {} parameters can vary",
                      most_dimensions, cube().dimension()),
          "fix some parameters, or use strategy 'random'"};
    }
    for (std::uint32_t axis = 0; axis < cube().dimension(); ++axis) {
      core::Stream stream{options.seed, core::Purpose::explore, axis};
      shifts_.push_back(static_cast<std::uint32_t>(stream.next()));
    }
  }

 private:
  [[nodiscard]] std::uint64_t size() const override {
    return shifts_.empty() ? 1 : std::uint64_t{1} << bits;
  }

  [[nodiscard]] std::optional<model::Assignment> point_at(std::uint64_t place) const override {
    std::vector<double> point(shifts_.size());
    if (!point.empty()) fill(point, place);
    return cube().to_assignment(point);
  }

  /// Boost leaves out the sequence's first point, which is 0.
  void fill(std::vector<double>& point, std::uint64_t place) const {
    Engine engine{point.size()};
    if (place > 0) engine.seed(static_cast<std::uint32_t>(place - 1));
    for (std::size_t axis = 0; axis < point.size(); ++axis) {
      const std::uint32_t word = (place == 0 ? 0 : engine()) ^ shifts_[axis];
      point[axis] = (static_cast<double>(word) + 0.5) * 0x1.0p-32;
    }
  }

  [[nodiscard]] const char* advice() const override {
    return "narrow the ranges of the parameters to the region the constraints allow";
  }

  std::vector<std::uint32_t> shifts_;  ///< of each axis
};

}  // namespace

std::unique_ptr<Strategy> make_sobol_search(const StrategyOptions& options, StrategyInput input) {
  return std::make_unique<SobolSearch>(options, std::move(input));
}

}  // namespace foundation::optimize::detail
