#include "process.hpp"

#include <algorithm>
#include <utility>

#include <gtest/gtest.h>

#include "core/error.hpp"

namespace foundation::testing {

using journal::DamagePolicy;

std::span<const std::byte> as_bytes(const std::string& text) {
  return std::as_bytes(std::span{text});
}

ReadBack read_back(const journal::Disk& disk, DamagePolicy policy) {
  ReadBack back;
  journal::Epoch epoch = 0;
  const auto visit = [&](const journal::Record& record) {
    back.texts.emplace_back(reinterpret_cast<const char*>(record.payload.data()),
                            record.payload.size());
    EXPECT_EQ(record.sequence, back.texts.size());
    EXPECT_EQ(record.type, text_type);
    EXPECT_GE(record.epoch, epoch);
    epoch = record.epoch;
  };
  back.recovery = journal::read_log(disk, visit, policy);
  EXPECT_EQ(back.recovery.end.sequence, back.texts.size());
  EXPECT_EQ(back.recovery.records, back.texts.size());
  return back;
}

std::optional<ReadBack> try_read_back(const journal::Disk& disk) {
  try {
    return read_back(disk);
  } catch (const core::Error& error) {
    if (error.kind() != core::ErrorKind::corrupt_data) throw;
    EXPECT_FALSE(error.place().file.empty());
    EXPECT_FALSE(error.hint().empty());
    return std::nullopt;
  }
}

Process::Process(MemoryStorage& storage, const Tweak& tweak) : disk{storage} {
  const journal::Claim claim = journal::claim_epoch(disk, {});
  found = read_back(disk);
  log = found.texts;
  journal::WriterOptions options;
  options.run = core::Digest{.high = 0x0123456789ABCDEF, .low = 42};
  options.epoch = claim.epoch;
  options.predecessor = found.recovery.confirmed;
  if (tweak) tweak(options);
  writer.emplace(options);
  for (const auto& record : found.recovery.unconfirmed) {
    (void)writer->append(record.type, record.payload, now_);
  }
}

void Process::append(const std::string& text) {
  log.push_back(text);
  const auto sequence = writer->append(text_type, as_bytes(text), now_);
  EXPECT_EQ(sequence, log.size());
}

bool Process::submit() {
  auto request = writer->next_write(now_, true);
  if (!request) return false;
  disk.submit(std::move(*request));
  return true;
}

void Process::complete() { writer->done(disk.complete_next()); }

bool Process::commit() {
  if (!submit()) return false;
  complete();
  return !writer->failed();
}

void Process::append_and_commit(const Texts& texts) {
  for (const std::string& text : texts) append(text);
  ASSERT_TRUE(commit()) << writer->failure();
}

void Process::store_watermark() {
  const journal::Epoch epoch = found.recovery.end.epoch + 1;
  disk.replace(journal::watermark_file(epoch), writer->watermark());
}

Texts head(const Texts& log, std::size_t count) {
  return {log.begin(), log.begin() + static_cast<std::ptrdiff_t>(count)};
}

bool is_prefix(const Texts& part, const Texts& whole) {
  return part.size() <= whole.size() && std::equal(part.begin(), part.end(), whole.begin());
}

std::string random_text(core::Stream& chance, std::size_t size) {
  std::string text(size, ' ');
  for (char& c : text) c = static_cast<char>(chance.below(256));
  return text;
}

}  // namespace foundation::testing
