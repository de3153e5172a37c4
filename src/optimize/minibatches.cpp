#include "optimize/detail/minibatches.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/contracts.hpp"
#include "core/random.hpp"

namespace foundation::optimize::detail {

Minibatches::Minibatches(const StrategyInput& input, std::uint64_t seed, std::uint32_t examples)
    : seed_{seed},
      train_size_{input.train_size},
      trials_{input.trials},
      examples_{examples},
      count_{input.train_size / examples + (input.train_size % examples > 0 ? 1 : 0)} {
  EXPECTS(examples > 0);
}

std::uint32_t Minibatches::block_at(std::uint32_t number) const {
  EXPECTS(count_ > 0);
  std::vector<std::uint32_t> blocks(count_);
  std::iota(blocks.begin(), blocks.end(), 0U);
  core::Stream stream{seed_, core::Purpose::compose, number / count_};
  stream.shuffle(std::span{blocks});
  return blocks[number % count_];
}

model::CellRange Minibatches::cells(std::uint32_t block, model::CandidateIndex candidate) const {
  const std::uint32_t begin = block * examples_;
  const std::uint32_t end = begin + std::min(examples_, train_size_ - begin);
  return {candidate, model::Split::train, begin * trials_, end * trials_};
}

std::vector<model::Observation> observe(const Evidence& evidence, const model::CellRange& cells) {
  const auto results = evidence.results(cells.candidate, cells.begin, cells.end);
  EXPECTS(results.size() == cells.size());
  std::vector<model::Observation> seen;
  for (std::uint32_t i = 0; i < cells.size(); ++i) {
    const std::uint32_t position = cells.begin + i;
    seen.push_back({.position = position,
                    .status = results[i].status,
                    .score = std::isfinite(results[i].score) ? results[i].score : 0,
                    .output = std::string{evidence.output(cells.candidate, position)}});
  }
  return seen;
}

}  // namespace foundation::optimize::detail
