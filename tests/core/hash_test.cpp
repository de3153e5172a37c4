#include "core/hash.hpp"

#include <gtest/gtest.h>

namespace foundation::core {
namespace {

// XXH3 of the empty input, as published with xxHash 0.8.
TEST(Hash, of_nothing_is_the_published_one) {
  EXPECT_EQ(hash_text(""), 0x2d06800538d394c2U);
  EXPECT_EQ(Hasher{}.digest().hex(), "99aa06d3014798d86001c324468d497f");
}

TEST(Hash, never_changes) {
  EXPECT_EQ(hash_text("naive_bayes"), 3303728075369758833U);
  Hasher hasher;
  hasher.add("text").add(std::uint32_t{7}).add(0.25);
  EXPECT_EQ(hasher.digest().hex(), "f858d47eeea8bc0f0b56454e9d526e7a");
}

TEST(Hash, frames_what_is_added) {
  Hasher first;
  first.add("ab").add("c");
  Hasher second;
  second.add("a").add("bc");
  EXPECT_NE(first.digest(), second.digest());
}

TEST(Hash, bytes_and_texts_are_framed_alike) {
  Hasher text;
  text.add("abc");
  Hasher bytes;
  bytes.add_bytes(std::as_bytes(std::span{"abc", 3}));
  EXPECT_EQ(text.digest(), bytes.digest());
}

TEST(Hash, can_be_read_on_the_way) {
  Hasher hasher;
  hasher.add("a");
  const Digest early = hasher.digest();
  EXPECT_EQ(early, hasher.digest());
  hasher.add("b");
  EXPECT_NE(early, hasher.digest());
}

TEST(Hash, digest_prints_all_digits) {
  EXPECT_EQ((Digest{.high = 1, .low = 0xab}).hex(), "000000000000000100000000000000ab");
}

}  // namespace
}  // namespace foundation::core
