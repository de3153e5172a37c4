#include "core/codec.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace foundation::core {
namespace {

enum class Colour : std::uint8_t { red, green };

struct Leaf {
  std::string name;
  std::vector<double> values;
  bool operator==(const Leaf&) const = default;
};

template <class Archive>
void serialize(Archive& archive, Leaf& leaf, unsigned /*version*/) {
  archive& leaf.name& leaf.values;
}

struct Tree {
  std::int64_t id = 0;
  bool flag = false;
  Colour colour = Colour::red;
  double real = 0;
  std::vector<Leaf> leaves;
  std::vector<std::string> texts;
  bool operator==(const Tree&) const = default;
};

template <class Archive>
void serialize(Archive& archive, Tree& tree, unsigned /*version*/) {
  archive& tree.id& tree.flag& tree.colour& tree.real& tree.leaves& tree.texts;
}

Tree sample_tree() {
  return {.id = -7,
          .flag = true,
          .colour = Colour::green,
          .real = std::numeric_limits<double>::infinity(),
          .leaves = {{"a", {1, 2.5}}, {"", {}}},
          .texts = {std::string{"\0nul", 4}, "two"}};
}

std::vector<std::byte> encoded(const Tree& tree) {
  Encoder encoder;
  encoder << tree;
  return encoder.take();
}

ErrorKind kind_of_failure(std::span<const std::byte> bytes) {
  try {
    Tree tree;
    Decoder decoder{bytes};
    decoder >> tree;
    decoder.finish();
  } catch (const Error& error) {
    return error.kind();
  }
  return ErrorKind::usage;  // nothing failed
}

TEST(Codec, reads_what_it_wrote) {
  const auto bytes = encoded(sample_tree());
  Decoder decoder{bytes};
  Tree read;
  decoder >> read;
  decoder.finish();
  EXPECT_EQ(read, sample_tree());
}

TEST(Codec, layout_is_fixed) {
  Encoder encoder;
  encoder << std::uint16_t{0x0102} << std::string{"ab"} << std::vector<std::uint8_t>{9} << true;
  const std::vector<std::byte> expected{std::byte{2}, std::byte{1}, std::byte{2},   std::byte{0},
                                        std::byte{0}, std::byte{0}, std::byte{'a'}, std::byte{'b'},
                                        std::byte{1}, std::byte{0}, std::byte{0},   std::byte{0},
                                        std::byte{9}, std::byte{1}};
  EXPECT_EQ(encoder.bytes(), expected);
}

TEST(Codec, truncated_input_is_corrupt_at_every_length) {
  const auto bytes = encoded(sample_tree());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(kind_of_failure(std::span{bytes}.first(size)), ErrorKind::corrupt_data) << size;
  }
}

TEST(Codec, bytes_left_over_are_corrupt) {
  auto bytes = encoded(sample_tree());
  bytes.push_back(std::byte{0});
  EXPECT_EQ(kind_of_failure(bytes), ErrorKind::corrupt_data);
}

TEST(Codec, flipped_bytes_never_do_worse_than_an_error) {
  const auto bytes = encoded(sample_tree());
  for (std::size_t place = 0; place < bytes.size(); ++place) {
    for (const unsigned mask : {0x01U, 0x80U, 0xffU}) {
      auto damaged = bytes;
      damaged[place] ^= static_cast<std::byte>(mask);
      const ErrorKind kind = kind_of_failure(damaged);
      EXPECT_TRUE(kind == ErrorKind::corrupt_data || kind == ErrorKind::usage) << place;
    }
  }
}

TEST(Codec, lengths_are_checked_before_anything_is_allocated) {
  Encoder encoder;
  encoder << std::uint32_t{0xffffffff};
  std::vector<double> numbers;
  std::vector<std::string> texts;
  std::string text;
  EXPECT_THROW(Decoder{encoder.bytes()} >> numbers, Error);
  EXPECT_THROW(Decoder{encoder.bytes()} >> texts, Error);
  EXPECT_THROW(Decoder{encoder.bytes()} >> text, Error);
  EXPECT_EQ(numbers.capacity() + texts.capacity(), 0U);
}

TEST(Codec, truth_values_are_zero_or_one) {
  const std::vector<std::byte> bytes{std::byte{2}};
  bool value = false;
  EXPECT_THROW(Decoder{bytes} >> value, Error);
}

TEST(Codec, take_consumes) {
  const std::vector<std::byte> bytes(5);
  Decoder decoder{bytes};
  EXPECT_EQ(decoder.take(3).size(), 3U);
  EXPECT_EQ(decoder.left(), 2U);
  EXPECT_THROW(static_cast<void>(decoder.take(3)), Error);
  EXPECT_THROW(decoder.finish(), Error);
}

}  // namespace
}  // namespace foundation::core
