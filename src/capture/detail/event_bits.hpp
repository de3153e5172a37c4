#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "trace/event_source.hpp"

namespace foundation::capture::detail {

/// A bit for each event that is left of a stream, by its number, and a way to find the n-th that is
/// set: counts before each block of bits, then a look through that block. Takes 1/250 of the room
/// of the events. Local.
class EventBits {
 public:
  explicit EventBits(const trace::StreamExtent& extent);

  void set(std::uint64_t number) noexcept;
  [[nodiscard]] bool test(std::uint64_t number) const noexcept;

  /// All that will ever be set are set: from here on there are the following two.
  void seal();
  [[nodiscard]] std::uint64_t count() const noexcept { return before_.back(); }
  /// Number of the event whose bit is the n-th that is set, from 0; `n` is below the count.
  [[nodiscard]] std::uint64_t find(std::uint64_t n) const noexcept;

 private:
  static constexpr std::size_t block_words = 64;

  std::uint64_t first_;  ///< number of the first event
  std::vector<std::uint64_t> words_;
  std::vector<std::uint64_t> before_;  ///< bits that are set before each block, and in all
};

}  // namespace foundation::capture::detail
