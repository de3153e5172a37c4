#include "optimize/detail/bootstrap.hpp"

#include <algorithm>
#include <numeric>
#include <span>

#include "core/contracts.hpp"

namespace foundation::optimize::detail {
namespace {

constexpr std::uint32_t block_examples = 32;
constexpr std::uint32_t expected_successes = block_examples / 2;
constexpr model::CandidateIndex teacher = 0;

}  // namespace

bool SuccessRule::operator()(const model::CellResult& cell) const noexcept {
  if (!model::is_final(cell.status)) return false;
  return maximise ? cell.score >= threshold : cell.score <= threshold;  // NaN is neither
}

Bootstrap::Bootstrap(TrainSplit split, std::uint32_t wanted, std::optional<core::Stream> stream)
    : trials_{split.trials}, wanted_{wanted} {
  for (std::uint32_t begin = 0; begin < split.examples; begin += block_examples) {
    const std::uint32_t end = std::min(split.examples, begin + block_examples);
    Block block{.cells = {teacher, model::Split::train, begin * split.trials, end * split.trials},
                .visits = std::vector<std::uint32_t>(end - begin)};
    std::iota(block.visits.begin(), block.visits.end(), begin);
    blocks_.push_back(std::move(block));
  }
  if (!stream) return;
  stream->shuffle(std::span{blocks_});
  for (Block& block : blocks_) stream->shuffle(std::span{block.visits});
}

std::variant<std::vector<std::uint32_t>, Need> Bootstrap::collect(
    const Evidence& evidence, const SuccessRule& is_success) const {
  const std::size_t wave_blocks = (wanted_ + expected_successes - 1) / expected_successes;
  std::vector<std::uint32_t> successes;
  for (std::size_t wave = 0; wave < blocks_.size() && successes.size() < wanted_;
       wave += wave_blocks) {
    const std::size_t count = std::min(wave_blocks, blocks_.size() - wave);
    const auto blocks = std::span{blocks_}.subspan(wave, count);
    Need missing;
    for (const Block& block : blocks) {
      const auto results =
          evidence.results(block.cells.candidate, block.cells.begin, block.cells.end);
      if (results.empty()) missing.ranges.push_back(block.cells);
      if (!missing.ranges.empty()) continue;
      for (const std::uint32_t example : block.visits) {
        const model::CellResult& cell = results[example * trials_ - block.cells.begin];
        if (successes.size() < wanted_ && is_success(cell)) successes.push_back(example);
      }
    }
    if (!missing.ranges.empty()) return missing;
  }
  return successes;
}

}  // namespace foundation::optimize::detail
