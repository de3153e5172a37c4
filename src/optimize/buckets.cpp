#include "optimize/detail/buckets.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <tuple>

#include "core/contracts.hpp"
#include "core/exact_math.hpp"
#include "optimize/detail/cell_gains.hpp"
#include "optimize/detail/irace_model.hpp"

namespace foundation::optimize::detail {
namespace {

constexpr double tail_share = 0.1;
/// Of the gains' spread; as in the original for scores that spread over [0, 1].
constexpr double temperature = 0.2;

double mean_gain(const Bucket& bucket) {
  double sum = 0;
  for (const Try& it : bucket.tries) sum += it.gain;
  return sum / static_cast<double>(bucket.tries.size());
}

std::vector<Try> tries_of(const Evidence& evidence, std::span<const model::CellRange> cells,
                          bool maximise) {
  std::vector<Try> tries;
  double worst = std::numeric_limits<double>::infinity();
  for (const model::CellRange& range : cells) {
    const auto results = evidence.results(range.candidate, range.begin, range.end);
    EXPECTS(results.size() == range.size());
    for (std::uint32_t i = 0; i < range.size(); ++i) {
      const double gain = gain_of(results[i], maximise);
      if (gain < worst) worst = gain;
      tries.push_back({range.candidate, range.begin + i, gain, results[i]});
    }
  }
  for (Try& it : tries)
    if (!std::isfinite(it.gain)) it.gain = std::isfinite(worst) ? worst : 0;
  return tries;
}

}  // namespace

Batch sort_into_buckets(const Evidence& evidence, std::span<const model::CellRange> cells,
                        std::uint32_t trials, bool maximise) {
  EXPECTS(!cells.empty());
  Batch batch;
  std::vector<double> gains;
  std::map<std::uint32_t, Bucket> by_example;
  for (const Try& it : tries_of(evidence, cells, maximise)) {
    gains.push_back(it.gain);
    Bucket& bucket = by_example[it.position / trials];
    bucket.example = it.position / trials;
    bucket.tries.push_back(it);
  }
  for (auto& [example, bucket] : by_example) {
    std::ranges::stable_sort(bucket.tries, std::ranges::greater{}, &Try::gain);
    batch.buckets.push_back(std::move(bucket));
  }
  const auto rank = [](const Bucket& bucket) {
    const double best = bucket.best().gain;
    return std::tuple{best - bucket.worst().gain, best, best - mean_gain(bucket)};
  };
  std::ranges::stable_sort(batch.buckets, std::ranges::greater{}, rank);
  std::ranges::sort(gains);
  batch.low = core::exact::quantile(gains, tail_share);
  batch.high = core::exact::quantile(gains, 1 - tail_share);
  return batch;
}

std::size_t draw_softmax(std::span<const double> gains, core::Stream& stream) {
  EXPECTS(!gains.empty());
  const auto [low, high] = std::ranges::minmax_element(gains);
  const double scale = temperature * (*high - *low);
  std::vector<double> weights;
  for (const double gain : gains)
    weights.push_back(scale > 0 ? core::exact::exp((gain - *high) / scale) : 1);
  return draw_index(weights, stream);
}

// Knuth's method: as many as uniform numbers can be multiplied until the product is small.
std::uint32_t draw_poisson(double mean, core::Stream& stream) {
  const double least = core::exact::exp(-mean);
  std::uint32_t count = 0;
  for (double product = stream.uniform(); product > least; product *= stream.uniform()) ++count;
  return count;
}

}  // namespace foundation::optimize::detail
