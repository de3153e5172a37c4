#include "core/random.hpp"

#include "core/detail/philox.hpp"

namespace foundation::core {

using detail::philox;

// The 64-bit seed and the purpose are mixed into the key; (a, b, c) fill three counter words, the
// fourth counts blocks: 2^33 numbers a stream.
Stream::Stream(std::uint64_t seed, Purpose purpose, std::uint32_t a, std::uint32_t b,
               std::uint32_t c) noexcept
    : key_{}, counter_{0, a, b, c} {
  const auto mixed =
      philox({static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32),
              static_cast<std::uint32_t>(purpose), 0},
             {0x466F756EU, 0x64617469U});
  key_ = {mixed[0], mixed[1]};
}

void Stream::refill() noexcept {
  const auto words = philox(counter_, key_);
  ++counter_[0];
  block_ = {(std::uint64_t{words[1]} << 32) | words[0], (std::uint64_t{words[3]} << 32) | words[2]};
  used_ = 0;
}

std::uint64_t Stream::next() noexcept {
  if (used_ == 2) refill();
  return block_[used_++];
}

// Lemire: "Fast random integer generation in an interval", TOMACS 2019.
std::uint64_t Stream::below(std::uint64_t bound) noexcept {
  __extension__ using Wide = unsigned __int128;
  Wide product = static_cast<Wide>(next()) * bound;
  if (static_cast<std::uint64_t>(product) < bound) {
    const std::uint64_t threshold = (0 - bound) % bound;
    while (static_cast<std::uint64_t>(product) < threshold)
      product = static_cast<Wide>(next()) * bound;
  }
  return static_cast<std::uint64_t>(product >> 64);
}

std::int64_t Stream::between(std::int64_t low, std::int64_t high) noexcept {
  const auto width = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low) + 1;
  const std::uint64_t offset = width == 0 ? next() : below(width);
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + offset);
}

}  // namespace foundation::core
