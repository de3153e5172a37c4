#include "capture/detail/event_bits.hpp"

#include <algorithm>
#include <bit>

namespace foundation::capture::detail {
namespace {

constexpr std::uint64_t word_bits = 64;

}  // namespace

EventBits::EventBits(const trace::StreamExtent& extent)
    : first_{extent.oldest},
      words_((extent.published - extent.oldest + word_bits - 1) / word_bits) {}

void EventBits::set(std::uint64_t number) noexcept {
  const std::uint64_t place = number - first_;
  words_[place / word_bits] |= std::uint64_t{1} << (place % word_bits);
}

bool EventBits::test(std::uint64_t number) const noexcept {
  const std::uint64_t place = number - first_;
  return (words_[place / word_bits] >> (place % word_bits) & 1) != 0;
}

void EventBits::seal() {
  std::uint64_t count = 0;
  before_.clear();
  for (std::size_t word = 0; word < words_.size(); ++word) {
    if (word % block_words == 0) before_.push_back(count);
    count += static_cast<std::uint64_t>(std::popcount(words_[word]));
  }
  before_.push_back(count);
}

std::uint64_t EventBits::find(std::uint64_t n) const noexcept {
  const auto behind = std::ranges::upper_bound(before_, n);
  const auto block = static_cast<std::size_t>(behind - before_.begin()) - 1;
  std::size_t word = block * block_words;
  std::uint64_t rest = n - before_[block];
  for (; rest >= static_cast<std::uint64_t>(std::popcount(words_[word])); ++word)
    rest -= static_cast<std::uint64_t>(std::popcount(words_[word]));
  std::uint64_t bits = words_[word];
  for (; rest > 0; --rest) bits &= bits - 1;
  return first_ + word * word_bits + static_cast<std::uint64_t>(std::countr_zero(bits));
}

}  // namespace foundation::capture::detail
