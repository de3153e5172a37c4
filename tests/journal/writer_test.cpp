#include <cerrno>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "journal/format.hpp"
#include "journal/journal.hpp"
#include "process.hpp"

namespace foundation::testing {
namespace {

using journal::Writer;
using journal::WriterOptions;
using std::chrono::milliseconds;
using ::testing::HasSubstr;

constexpr core::Time start{1'000'000'000};

WriterOptions first_epoch() {
  WriterOptions options;
  options.epoch = 1;
  options.group_bytes = 1000;
  return options;
}

std::span<const std::byte> payload(std::size_t size = 40) {
  static const std::string zeros(2000, '\0');
  return as_bytes(zeros).first(size);
}

journal::WriteDone success(journal::WriteRequest& request) {
  journal::WriteDone outcome;
  outcome.ticket = request.ticket;
  outcome.buffer = std::move(request.bytes);
  return outcome;
}

TEST(Writer, waits_until_the_group_is_old_enough) {
  Writer writer{first_epoch()};
  EXPECT_FALSE(writer.deadline());
  EXPECT_EQ(writer.append(text_type, payload(), start), 1U);
  EXPECT_EQ(writer.append(text_type, payload(), start + milliseconds{5}), 2U);
  EXPECT_EQ(writer.deadline(), start + milliseconds{20});
  EXPECT_FALSE(writer.next_write(start + milliseconds{19}, false));
  auto request = writer.next_write(start + milliseconds{20}, false);
  ASSERT_TRUE(request);
  EXPECT_TRUE(request->create);
  EXPECT_EQ(request->offset, 0U);
  EXPECT_EQ(request->file, "journal/E000001-S000001.log");
  EXPECT_EQ(request->fence, "epoch/000002.claim");
  EXPECT_EQ(request->bytes.size(), 64U + 48 + 2 * 64 + 48);
  EXPECT_EQ(writer.durable(), 0U);
  writer.done(success(*request));
  EXPECT_EQ(writer.durable(), 2U);
  EXPECT_EQ(writer.bytes_written(), 64U + 48 + 2 * 64 + 48);
}

TEST(Writer, does_not_wait_when_the_group_is_full) {
  Writer writer{first_epoch()};
  while (!writer.next_write(start, false)) {
    ASSERT_LT(writer.appended(), 1000U);
    (void)writer.append(text_type, payload(), start);
  }
  EXPECT_EQ(writer.appended(), 14U);  // 64 + 48 + 14 * 64 >= 1000
}

TEST(Writer, has_one_write_outstanding) {
  Writer writer{first_epoch()};
  (void)writer.append(text_type, payload(), start);
  auto first = writer.next_write(start, true);
  ASSERT_TRUE(first);
  (void)writer.append(text_type, payload(), start);
  EXPECT_FALSE(writer.next_write(start + milliseconds{100}, true));
  EXPECT_FALSE(writer.deadline());
  writer.done(success(*first));
  EXPECT_EQ(writer.durable(), 1U);
  const auto second = writer.next_write(start + milliseconds{100}, false);
  ASSERT_TRUE(second);
  EXPECT_FALSE(second->create);
  EXPECT_EQ(second->offset, 64U + 48 + 64 + 48);
}

TEST(Writer, flush_opens_the_epoch_without_records) {
  Writer writer{first_epoch()};
  EXPECT_FALSE(writer.next_write(start, false));
  auto request = writer.next_write(start, true);
  ASSERT_TRUE(request);
  EXPECT_EQ(writer.bytes_written(), 0U);
  writer.done(success(*request));
  EXPECT_GT(writer.bytes_written(), 0U);
  EXPECT_FALSE(writer.next_write(start, true));
}

TEST(Writer, begins_a_segment_when_the_last_is_full) {
  WriterOptions options = first_epoch();
  options.segment_bytes = 500;
  Writer writer{options};
  std::vector<std::string> created;
  for (int i = 0; i < 9; ++i) {
    (void)writer.append(text_type, payload(), start);
    auto request = writer.next_write(start, true);
    ASSERT_TRUE(request);
    EXPECT_EQ(request->create, request->offset == 0);
    EXPECT_LT(request->offset, 500U);
    if (request->create) created.push_back(request->file);
    writer.done(success(*request));
  }
  EXPECT_THAT(created,
              ::testing::ElementsAre("journal/E000001-S000001.log", "journal/E000001-S000002.log",
                                     "journal/E000001-S000003.log"));
}

TEST(Writer, uses_its_buffers_again) {
  Writer writer{first_epoch()};
  std::set<const std::byte*> buffers;
  for (int i = 0; i < 100; ++i) {
    for (int j = 0; j < 8; ++j) (void)writer.append(text_type, payload(), start);
    auto request = writer.next_write(start, true);
    ASSERT_TRUE(request);
    if (i >= 10) buffers.insert(request->bytes.data());
    (void)writer.append(text_type, payload(), start);
    writer.done(success(*request));
  }
  EXPECT_LE(buffers.size(), 2U);
}

TEST(Writer, refuses_after_a_failed_write) {
  Writer writer{first_epoch()};
  (void)writer.append(text_type, payload(), start);
  auto request = writer.next_write(start, true);
  ASSERT_TRUE(request);
  journal::WriteDone outcome = success(*request);
  outcome.error_number = ENOSPC;
  writer.done(std::move(outcome));
  EXPECT_TRUE(writer.failed());
  EXPECT_FALSE(writer.fenced());
  EXPECT_THAT(writer.failure(), HasSubstr("No space left on device"));
  EXPECT_THAT(writer.failure(), HasSubstr("journal/E000001-S000001.log"));
  EXPECT_EQ(writer.append(text_type, payload(), start), 2U);
  EXPECT_FALSE(writer.next_write(start, true));
  EXPECT_FALSE(writer.deadline());
  EXPECT_EQ(writer.durable(), 0U);
}

TEST(Writer, does_not_acknowledge_what_a_successor_may_have_cut_off) {
  Writer writer{first_epoch()};
  (void)writer.append(text_type, payload(), start);
  auto request = writer.next_write(start, true);
  ASSERT_TRUE(request);
  journal::WriteDone outcome = success(*request);
  outcome.fenced = true;
  writer.done(std::move(outcome));
  EXPECT_TRUE(writer.failed());
  EXPECT_TRUE(writer.fenced());
  EXPECT_EQ(writer.durable(), 0U);
  EXPECT_THAT(writer.failure(), HasSubstr("epoch 2 has taken over"));
}

TEST(Writer, gives_a_watermark_at_most_each_second) {
  Writer writer{first_epoch()};
  const auto commit = [&writer] {
    (void)writer.append(text_type, payload(), start);
    auto request = writer.next_write(start, true);
    writer.done(success(*request));
  };
  EXPECT_FALSE(writer.watermark_due(start));
  commit();
  EXPECT_THAT(writer.watermark_due(start).value_or(""), ::testing::StartsWith("1 "));
  commit();
  EXPECT_FALSE(writer.watermark_due(start + milliseconds{999}));
  EXPECT_THAT(writer.watermark_due(start + milliseconds{1000}).value_or(""),
              ::testing::StartsWith("2 "));
  EXPECT_FALSE(writer.watermark_due(start + milliseconds{5000}));
}

TEST(Writer, limits_the_payload) {
  Writer writer{first_epoch()};
  const std::vector<std::byte> bytes(journal::max_payload_bytes + 1);
  EXPECT_THROW((void)writer.append(text_type, bytes, start), core::Error);
  EXPECT_EQ(writer.append(text_type, std::span{bytes}.first(bytes.size() - 1), start), 1U);
}

}  // namespace
}  // namespace foundation::testing
