#include "programs/detail/f1.hpp"

#include <algorithm>
#include <vector>

#include "core/contracts.hpp"

namespace foundation::programs::detail {
namespace {

/// Weighted counts of one class.
struct Counts {
  double true_positive = 0;
  double false_positive = 0;
  double false_negative = 0;

  [[nodiscard]] double f1() const {
    const double hits = 2 * true_positive;
    return hits / (hits + false_positive + false_negative);
  }
};

/// Counts of each class, in the order of the labels' digests; sums run in the order of `cells`.
std::vector<Counts> count(std::span<const ScoredCell> cells, bool weighted) {
  EXPECTS(!cells.empty());
  std::vector<std::uint64_t> classes;
  for (const ScoredCell& cell : cells) classes.push_back(cell.label);
  std::ranges::sort(classes);
  classes.erase(std::unique(classes.begin(), classes.end()), classes.end());

  std::vector<Counts> counts(classes.size());
  const auto index_of = [&](std::uint64_t digest) {
    return static_cast<std::size_t>(std::ranges::lower_bound(classes, digest) - classes.begin());
  };
  for (const ScoredCell& cell : cells) {
    const double weight = weighted ? cell.weight : 1.0;
    Counts& own = counts[index_of(cell.label)];
    if (cell.status == model::CellStatus::ok) {
      own.true_positive += weight;
      continue;
    }
    own.false_negative += weight;
    const std::size_t answered = index_of(cell.output);
    const bool is_class = answered < classes.size() && classes[answered] == cell.output;
    if (cell.status == model::CellStatus::wrong && is_class) {
      counts[answered].false_positive += weight;
    }
  }
  return counts;
}

}  // namespace

double macro_f1(std::span<const ScoredCell> cells, bool weighted) {
  const std::vector<Counts> counts = count(cells, weighted);
  double sum = 0;
  for (const Counts& one : counts) sum += one.f1();
  return sum / static_cast<double>(counts.size());
}

double micro_f1(std::span<const ScoredCell> cells, bool weighted) {
  Counts total;
  for (const Counts& one : count(cells, weighted)) {
    total.true_positive += one.true_positive;
    total.false_positive += one.false_positive;
    total.false_negative += one.false_negative;
  }
  return total.f1();
}

}  // namespace foundation::programs::detail
