#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "targets.hpp"

namespace foundation::fuzz {

/// Cuts one input into several: a byte that says what a piece is for, its length as u16, its
/// bytes. The last piece may be cut short.
struct Piece {
  std::uint8_t purpose = 0;
  Input bytes;
};

inline std::optional<Piece> take_piece(Input& input) {
  constexpr std::size_t head = 3;
  if (input.size() < head) return std::nullopt;
  const auto byte = [&input](std::size_t at) { return std::to_integer<std::uint8_t>(input[at]); };
  const std::size_t wanted = byte(1) + std::size_t{256} * byte(2);
  const Piece piece{byte(0), input.subspan(head, std::min(wanted, input.size() - head))};
  input = input.subspan(head + piece.bytes.size());
  return piece;
}

inline void put_piece(std::vector<std::byte>& input, std::uint8_t purpose,
                      std::span<const std::byte> bytes) {
  input.push_back(std::byte{purpose});
  input.push_back(static_cast<std::byte>(bytes.size() % 256));
  input.push_back(static_cast<std::byte>(bytes.size() / 256));
  input.insert(input.end(), bytes.begin(), bytes.end());
}

}  // namespace foundation::fuzz
