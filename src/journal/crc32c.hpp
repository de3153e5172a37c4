#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace foundation::journal {

/// CRC-32C (Castagnoli polynomial, RFC 3720 appendix B.4) of `bytes`, continued from the CRC
/// `seed` of what came before: crc32c(crc32c(0, a), b) == crc32c(0, a + b). Uses the processor's
/// instruction where there is one.
[[nodiscard]] std::uint32_t crc32c(std::uint32_t seed, std::span<const std::byte> bytes) noexcept;

namespace detail {

/// Eight bytes a step by table (Kounavis and Berry, "Novel table lookup-based algorithms for
/// high-performance CRC generation", 2008). Any processor.
[[nodiscard]] std::uint32_t crc32c_by_table(std::uint32_t seed,
                                            std::span<const std::byte> bytes) noexcept;
[[nodiscard]] bool has_crc32c_instruction() noexcept;
/// Only if has_crc32c_instruction().
[[nodiscard]] std::uint32_t crc32c_by_instruction(std::uint32_t seed,
                                                  std::span<const std::byte> bytes) noexcept;

}  // namespace detail
}  // namespace foundation::journal
