#include "journal/format.hpp"

#include <cstring>
#include <string>

#include <gtest/gtest.h>

#include "process.hpp"

namespace foundation::testing {
namespace {

using journal::Commit;
using journal::RecordView;
using journal::SegmentHeader;

TEST(Format, header_round_trip) {
  SegmentHeader header;
  header.epoch = 3;
  header.segment = 7;
  header.chain = 0xDEADBEEF;
  header.run = {1, 2};
  header.first_sequence = 99;
  Bytes bytes;
  const std::uint32_t chain = journal::append_segment_header(bytes, header);
  ASSERT_EQ(bytes.size(), journal::segment_header_bytes);
  const auto back = journal::parse_segment_header(bytes);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->epoch, 3U);
  EXPECT_EQ(back->segment, 7U);
  EXPECT_EQ(back->chain, 0xDEADBEEF);
  EXPECT_EQ(back->run, (core::Digest{1, 2}));
  EXPECT_EQ(back->first_sequence, 99U);
  EXPECT_EQ(journal::segment_chain(bytes), chain);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(journal::parse_segment_header(std::span{bytes}.first(size)));
  }
}

TEST(Format, record_round_trip_at_every_padding) {
  for (std::size_t size = 0; size < 20; ++size) {
    const std::string text(size, 'x');
    Bytes bytes;
    const std::uint32_t chain = journal::append_record(bytes, text_type, 5, as_bytes(text), 1234);
    EXPECT_EQ(bytes.size() % 8, 0U);
    const auto [record, fault] = journal::parse_record(bytes, 1234);
    ASSERT_EQ(fault, nullptr);
    EXPECT_EQ(record.type, text_type);
    EXPECT_EQ(record.sequence, 5U);
    EXPECT_EQ(record.chain, chain);
    EXPECT_EQ(record.size, bytes.size());
    EXPECT_EQ(record.payload.size(), size);
    EXPECT_NE(journal::parse_record(bytes, 1235).fault, nullptr);
  }
}

TEST(Format, a_hostile_length_is_refused_before_it_is_used) {
  Bytes bytes;
  (void)journal::append_record(bytes, text_type, 1, as_bytes("hello"), 0);
  for (const std::uint32_t length : {0U, 1U, 19U, 33U, 1000U, (16U << 20) + 21, 0xFFFFFFFFU}) {
    std::memcpy(bytes.data(), &length, sizeof length);
    EXPECT_NE(journal::parse_record(bytes, 0).fault, nullptr) << length;
  }
  EXPECT_NE(journal::parse_record({}, 0).fault, nullptr);
}

TEST(Format, a_commit_can_be_found_without_what_is_before_it) {
  Bytes bytes(16);
  const Commit commit{.records = 3, .chain = 77, .epoch = 2, .group_begin = 8, .offset = 16};
  (void)journal::append_commit(bytes, 10, commit);
  ASSERT_EQ(bytes.size(), 16 + journal::commit_record_bytes);
  const auto found = journal::find_commit(std::span{bytes}.subspan(16));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->records, 3U);
  EXPECT_EQ(found->chain, 77U);
  EXPECT_EQ(found->epoch, 2U);
  EXPECT_EQ(found->group_begin, 8U);
  EXPECT_EQ(found->offset, 16U);
  for (std::size_t bit = 16 * 8; bit < bytes.size() * 8; ++bit) {
    Bytes flipped = bytes;
    flipped[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    EXPECT_FALSE(journal::find_commit(std::span{flipped}.subspan(16)));
  }
}

TEST(Format, open_round_trip) {
  const journal::LogEnd end{.epoch = 4, .segment = 5, .length = 6, .sequence = 7, .chain = 8};
  Bytes bytes;
  const std::uint32_t chain = journal::append_segment_header(bytes, SegmentHeader{});
  (void)journal::append_open(bytes, end);
  const auto [record, fault] =
      journal::parse_record(std::span{bytes}.subspan(journal::segment_header_bytes), chain);
  ASSERT_EQ(fault, nullptr);
  EXPECT_EQ(journal::parse_open(record), end);
}

}  // namespace
}  // namespace foundation::testing
