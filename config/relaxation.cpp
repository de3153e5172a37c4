// A plugin: successive over-relaxation of the Poisson equation on a rectangle, tuned for the fewest
// grid points updated until the residual is small.
//
//   c++ -std=c++20 -O2 -shared -fPIC -I/usr/include/foundation -o relaxation.so relaxation.cpp
//   foundation optimize plugin.toml
//
// (-I: where Foundation's headers are installed.) It counts work instead of seconds, so the answer
// is the same on every machine.
#include <charconv>
#include <cmath>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "programs/plugin.hpp"

namespace {

using foundation::plugin::Cell;
using foundation::plugin::InvalidOutput;
using foundation::plugin::Kind;
using foundation::plugin::Parameter;
using foundation::plugin::Settings;

constexpr std::size_t most_sweeps = 20'000;

std::size_t read_size(std::string_view text) {
  std::size_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (error != std::errc{} || end != text.data() + text.size() || size < 1 || size > 1000)
    throw InvalidOutput{"a grid has 1 to 1000 points a side, not '" + std::string{text} + "'"};
  return size;
}

/// -laplace(u) = 1 with u = 0 on the border, on a grid of width x height inner points.
class Grid {
 public:
  Grid(std::size_t width, std::size_t height)
      : width_{width}, height_{height}, u_((width + 2) * (height + 2), 0.0) {}

  /// One sweep over the points whose coordinates add up to an even or odd number, or over all.
  void sweep(double omega, std::size_t first, std::size_t step) {
    for (std::size_t y = 1; y <= height_; ++y) {
      const std::size_t begin = step == 1 ? 1 : 1 + (y + first) % 2;
      for (std::size_t x = begin; x <= width_; x += step) at(x, y) += omega * defect(x, y);
    }
  }
  /// Largest change that a plain sweep would make anywhere.
  [[nodiscard]] double residual() {
    double largest = 0;
    for (std::size_t y = 1; y <= height_; ++y)
      for (std::size_t x = 1; x <= width_; ++x)
        largest = std::fmax(largest, std::fabs(defect(x, y)));
    return largest;
  }
  [[nodiscard]] std::size_t points() const { return width_ * height_; }

 private:
  [[nodiscard]] double& at(std::size_t x, std::size_t y) { return u_[y * (width_ + 2) + x]; }
  [[nodiscard]] double defect(std::size_t x, std::size_t y) {
    return (at(x - 1, y) + at(x + 1, y) + at(x, y - 1) + at(x, y + 1) + 1) / 4 - at(x, y);
  }

  std::size_t width_;
  std::size_t height_;
  std::vector<double> u_;
};

class Relaxation final : public foundation::plugin::Prepared {
 public:
  explicit Relaxation(const Settings& settings)
      : omega_{settings.real("omega")},
        is_red_black_{settings.text("order") == "red_black"},
        check_every_{static_cast<std::size_t>(settings.integer("check_every"))} {}

  [[nodiscard]] std::string run(const Cell& cell) const override {
    Grid grid{read_size(cell.field("width")), read_size(cell.field("height"))};
    std::size_t updated = 0;
    for (std::size_t sweep = 1; sweep <= most_sweeps; ++sweep) {
      if (is_red_black_) {
        grid.sweep(omega_, 0, 2);
        grid.sweep(omega_, 1, 2);
      } else {
        grid.sweep(omega_, 0, 1);
      }
      updated += grid.points();
      if (sweep % check_every_ != 0) continue;
      updated += grid.points();  // to look costs as much as to sweep
      if (grid.residual() < 1e-6) return std::to_string(updated);
    }
    throw InvalidOutput{"no convergence in " + std::to_string(most_sweeps) + " sweeps"};
  }

 private:
  double omega_;
  bool is_red_black_;
  std::size_t check_every_;
};

class Solver final : public foundation::plugin::Program {
 public:
  [[nodiscard]] std::vector<Parameter> parameters() const override {
    return {{.name = "omega",
             .kind = Kind::real,
             .low = 1,
             .high = 1.99,
             .choices = {},
             .initial = 1.0,
             .conditions = {},
             .description = "how far a point is moved, relative to Gauss and Seidel's step"},
            {.name = "order",
             .kind = Kind::categorical,
             .low = 0,
             .high = 0,
             .choices = {"by_rows", "red_black"},
             .initial = std::string{"by_rows"},
             .conditions = {},
             .description = "in which order the points are visited"},
            {.name = "check_every",
             .kind = Kind::integer,
             .low = 1,
             .high = 50,
             .choices = {},
             .initial = std::int64_t{1},
             .conditions = {},
             .description = "sweeps between two looks at the residual"}};
  }
  [[nodiscard]] std::unique_ptr<foundation::plugin::Prepared> prepare(
      const Settings& settings) const override {
    return std::make_unique<Relaxation>(settings);
  }
};

}  // namespace

FOUNDATION_PLUGIN(Solver)
