#include "journal/crc32c.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "core/random.hpp"

namespace foundation::journal {
namespace {

using Function = std::uint32_t (*)(std::uint32_t, std::span<const std::byte>) noexcept;

std::vector<Function> implementations() {
  std::vector<Function> all{crc32c, detail::crc32c_by_table};
  if (detail::has_crc32c_instruction()) all.push_back(detail::crc32c_by_instruction);
  return all;
}

std::vector<std::byte> numbers(std::size_t size, int first, int step) {
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i < size; ++i) {
    bytes[i] = static_cast<std::byte>(first + step * static_cast<int>(i));
  }
  return bytes;
}

TEST(Crc32c, gives_the_known_answers) {
  const std::string_view digits = "123456789";
  for (const Function crc : implementations()) {
    EXPECT_EQ(crc(0, {}), 0U);
    EXPECT_EQ(crc(0, std::as_bytes(std::span{digits})), 0xE3069283U);
    EXPECT_EQ(crc(0, numbers(32, 0x00, 0)), 0x8A9136AAU);  // RFC 3720, appendix B.4
    EXPECT_EQ(crc(0, numbers(32, 0xFF, 0)), 0x62A8AB43U);
    EXPECT_EQ(crc(0, numbers(32, 0, 1)), 0x46DD794EU);
    EXPECT_EQ(crc(0, numbers(32, 31, -1)), 0x113FDB5CU);
  }
}

TEST(Crc32c, implementations_agree_at_every_length_and_alignment) {
  core::Stream chance{1, core::Purpose::simulate};
  std::vector<std::byte> bytes(300);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(chance.below(256));
  for (std::size_t begin = 0; begin < 8; ++begin) {
    for (std::size_t size = 0; begin + size <= bytes.size(); ++size) {
      const auto part = std::span{bytes}.subspan(begin, size);
      const auto seed = static_cast<std::uint32_t>(chance.next());
      for (const Function crc : implementations()) {
        ASSERT_EQ(crc(seed, part), detail::crc32c_by_table(seed, part));
      }
    }
  }
}

TEST(Crc32c, continues_over_parts) {
  const auto bytes = numbers(100, 3, 7);
  for (const Function crc : implementations()) {
    const std::uint32_t whole = crc(0, bytes);
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
      const auto parts = std::span{bytes};
      EXPECT_EQ(crc(crc(0, parts.first(cut)), parts.subspan(cut)), whole);
    }
  }
}

}  // namespace
}  // namespace foundation::journal
