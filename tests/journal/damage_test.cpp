#include <cstring>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "core/random.hpp"
#include "journal/crc32c.hpp"
#include "journal/format.hpp"
#include "journal/journal.hpp"
#include "process.hpp"

namespace foundation::testing {
namespace {

using journal::DamagePolicy;
using journal::TailState;
using Names = std::vector<std::string>;

constexpr std::size_t groups = 12;

/// Two epochs of acknowledged groups, about `size` bytes in all.
struct SmallJournal {
  explicit SmallJournal(std::size_t size, std::uint64_t segment_bytes = 1'000'000) {
    core::Stream chance{7, core::Purpose::simulate};
    for (int epoch = 0; epoch < 2; ++epoch) {
      Process process{storage, [&](auto& options) { options.segment_bytes = segment_bytes; }};
      for (std::size_t i = 0; i < groups / 2; ++i) {
        before_last = process.log.size();
        const std::size_t share = size / groups - 150;
        process.append_and_commit(
            {random_text(chance, chance.below(40)), random_text(chance, share)});
      }
      log = process.log;
      watermark = process.writer->watermark();
    }
    for (const std::string& leaf : storage.names("journal")) files.push_back("journal/" + leaf);
  }
  void store_watermark() { storage.set_content(journal::watermark_file(2), text_bytes(watermark)); }
  static Bytes text_bytes(const std::string& text) {
    return {as_bytes(text).begin(), as_bytes(text).end()};
  }

  MemoryStorage storage;
  Names files;
  Texts log;
  std::size_t before_last = 0;  ///< records before the last group
  std::string watermark;
};

TEST(Damage, every_truncation_is_noticed_or_gives_a_prefix) {
  for (const std::uint64_t segment_bytes : {1'000'000U, 3'000U}) {
    SmallJournal journal{20'000, segment_bytes};
    for (const std::string& file : journal.files) {
      const Bytes whole = journal.storage.content(file);
      for (std::size_t size = 0; size < whole.size(); ++size) {
        Bytes part = whole;
        part.resize(size);
        journal.storage.set_content(file, part);
        const auto back = try_read_back(MemoryDisk{journal.storage});
        if (!back || back->texts == journal.log) continue;  // equal: cut off behind a cut
        ASSERT_EQ(file, journal.files.back());
        ASSERT_TRUE(is_prefix(back->texts, journal.log));
      }
      journal.storage.set_content(file, whole);
    }
  }
}

TEST(Damage, no_truncation_below_the_watermark_is_accepted) {
  SmallJournal journal{20'000};
  journal.store_watermark();
  EXPECT_EQ(read_back(MemoryDisk{journal.storage}).texts, journal.log);
  for (const std::string& file : journal.files) {
    const Bytes whole = journal.storage.content(file);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      Bytes part = whole;
      part.resize(size);
      journal.storage.set_content(file, part);
      const auto back = try_read_back(MemoryDisk{journal.storage});
      // Behind a cut anything may be missing: the successor holds a copy of it.
      EXPECT_TRUE(!back || back->texts == journal.log);
    }
    journal.storage.set_content(file, whole);
  }
}

TEST(Damage, every_interrupted_write_of_the_last_group_is_torn_not_damaged) {
  MemoryStorage storage;
  Process process{storage};
  for (int i = 0; i < 5; ++i) process.append_and_commit({std::string(300, 'a')});
  process.store_watermark();
  const std::string file = "journal/E000001-S000001.log";
  const std::size_t acknowledged = storage.content(file).size();
  process.append_and_commit({std::string(10, 'b'), std::string(2000, 'c')});
  const Bytes whole = storage.content(file);
  for (std::size_t size = acknowledged; size < whole.size(); ++size) {
    Bytes part = whole;
    part.resize(size);
    storage.set_content(file, part);
    const ReadBack back = read_back(MemoryDisk{storage});
    ASSERT_EQ(back.texts, head(process.log, 5));
    ASSERT_EQ(back.recovery.tail, size == acknowledged ? TailState::clean : TailState::torn);
    ASSERT_EQ(back.recovery.torn_bytes, size - acknowledged);
  }
}

TEST(Damage, every_bit_flip_is_noticed_or_costs_the_last_group_only) {
  SmallJournal journal{10'000};
  for (const std::string& file : journal.files) {
    Bytes bytes = journal.storage.content(file);
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      const auto mask = static_cast<std::byte>(1U << (bit % 8));
      bytes[bit / 8] ^= mask;
      journal.storage.set_content(file, bytes);
      if (const auto back = try_read_back(MemoryDisk{journal.storage})) {
        ASSERT_TRUE(is_prefix(back->texts, journal.log)) << file << " bit " << bit;
        ASSERT_GE(back->texts.size(), journal.before_last) << file << " bit " << bit;
      }
      bytes[bit / 8] ^= mask;
    }
    journal.storage.set_content(file, bytes);
  }
}

TEST(Damage, every_bit_flip_in_an_acknowledged_record_is_noticed) {
  SmallJournal journal{6'000};
  journal.store_watermark();
  for (const std::string& file : journal.files) {
    Bytes bytes = journal.storage.content(file);
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      const auto mask = static_cast<std::byte>(1U << (bit % 8));
      bytes[bit / 8] ^= mask;
      journal.storage.set_content(file, bytes);
      const auto back = try_read_back(MemoryDisk{journal.storage});
      ASSERT_TRUE(!back || back->texts == journal.log) << file << " bit " << bit;
      bytes[bit / 8] ^= mask;
    }
    journal.storage.set_content(file, bytes);
  }
}

TEST(Damage, a_bad_watermark_is_only_a_missing_bound) {
  SmallJournal journal{3'000};
  for (std::size_t bit = 0; bit < journal.watermark.size() * 8; ++bit) {
    Bytes bytes = SmallJournal::text_bytes(journal.watermark);
    bytes[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    journal.storage.set_content(journal::watermark_file(2), bytes);
    EXPECT_EQ(read_back(MemoryDisk{journal.storage}).texts, journal.log);
  }
}

TEST(Damage, a_missing_file_is_noticed) {
  SmallJournal journal{10'000, 2'000};
  journal.store_watermark();
  ASSERT_GE(journal.files.size(), 4U);
  for (const std::string& file : journal.files) {
    MemoryStorage copy = journal.storage;
    copy.remove(file);
    EXPECT_FALSE(try_read_back(MemoryDisk{copy})) << file;
  }
}

TEST(Damage, a_segment_of_another_history_is_noticed) {
  const auto tiny = [](journal::WriterOptions& options) { options.segment_bytes = 1; };
  MemoryStorage storage;
  MemoryStorage other;
  Process process{storage, tiny};
  Process same_numbers{other, tiny};
  for (const char* text : {"a", "b", "c"}) process.append_and_commit({text});
  for (const char* text : {"x", "y", "z"}) same_numbers.append_and_commit({text});
  const std::string file = "journal/E000001-S000003.log";
  storage.set_content(file, other.content(file));
  EXPECT_FALSE(try_read_back(MemoryDisk{storage}));
}

TEST(Damage, salvage_keeps_what_is_before_it_and_can_be_continued) {
  SmallJournal journal{10'000, 2'000};
  journal.store_watermark();
  for (const std::string& file : journal.files) {
    MemoryStorage copy = journal.storage;
    Bytes bytes = copy.content(file);
    bytes[bytes.size() / 2] ^= std::byte{1};
    copy.set_content(file, bytes);
    if (try_read_back(MemoryDisk{copy})) continue;  // behind a cut
    MemoryDisk disk{copy};
    const ReadBack back = read_back(disk, DamagePolicy::salvage);
    EXPECT_EQ(back.recovery.tail, TailState::salvaged);
    EXPECT_FALSE(back.recovery.torn_file.empty());
    EXPECT_TRUE(is_prefix(back.texts, journal.log));
    journal::WriterOptions options;
    options.run = back.recovery.run;
    options.epoch = journal::claim_epoch(disk, {}).epoch;
    options.predecessor = back.recovery.end;
    journal::Writer writer{options};
    (void)writer.append(text_type, as_bytes("again"), {});
    disk.submit(*writer.next_write({}, true));
    writer.done(disk.complete_next());
    Texts expected = back.texts;
    expected.emplace_back("again");
    EXPECT_EQ(read_back(disk).texts, expected);
  }
}

TEST(Damage, the_error_names_file_offset_and_remedy) {
  SmallJournal journal{3'000};
  Bytes bytes = journal.storage.content(journal.files[0]);
  bytes[200] ^= std::byte{1};
  journal.storage.set_content(journal.files[0], bytes);
  try {
    (void)read_back(MemoryDisk{journal.storage});
    FAIL();
  } catch (const core::Error& error) {
    EXPECT_EQ(error.kind(), core::ErrorKind::corrupt_data);
    EXPECT_EQ(error.place().file, journal.files[0]);
    EXPECT_THAT(error.what(), ::testing::HasSubstr("a record's checksum is wrong"));
    EXPECT_THAT(error.hint(), ::testing::HasSubstr("--salvage"));
  }
}

TEST(Damage, another_format_version_is_never_salvaged) {
  SmallJournal journal{3'000};
  Bytes bytes = journal.storage.content(journal.files.back());
  bytes[8] = std::byte{2};
  std::uint32_t chain = 0;
  std::memcpy(&chain, bytes.data() + 20, sizeof chain);
  const std::uint32_t crc = journal::crc32c(chain, std::span{bytes}.first(60));
  std::memcpy(bytes.data() + 60, &crc, sizeof crc);
  journal.storage.set_content(journal.files.back(), bytes);
  try {
    (void)read_back(MemoryDisk{journal.storage}, DamagePolicy::salvage);
    FAIL();
  } catch (const core::Error& error) {
    EXPECT_EQ(error.kind(), core::ErrorKind::bad_input);
  }
}

/// Random bytes behind a valid header, with lengths and COMMIT look-alikes sprinkled in.
Bytes hostile_segment(core::Stream& chance) {
  Bytes bytes;
  journal::SegmentHeader header;
  header.epoch = 1;
  header.segment = 1;
  header.first_sequence = chance.next();
  std::uint32_t chain = journal::append_segment_header(bytes, header);
  const auto parts = chance.below(8);
  for (std::uint64_t i = 0; i < parts; ++i) {
    const std::string noise = random_text(chance, chance.below(200));
    const auto type = static_cast<journal::RecordType>(chance.below(4));
    chain = journal::append_record(bytes, type, chance.below(3), as_bytes(noise), chain);
    if (chance.chance(0.3)) {
      const std::uint32_t length = chance.chance(0.5) ? 0xFFFFFFFFU : 20;
      std::memcpy(bytes.data() + bytes.size() - 8, &length, sizeof length);
    }
  }
  if (chance.chance(0.5)) bytes.resize(chance.below(bytes.size()));
  return bytes;
}

TEST(Damage, hostile_files_are_refused_or_ignored) {
  core::Stream chance{3, core::Purpose::simulate};
  for (int i = 0; i < 5000; ++i) {
    MemoryStorage storage;
    const bool noise = chance.chance(0.3);
    const std::string text = random_text(chance, chance.below(300));
    storage.set_content("journal/E000001-S000001.log",
                        noise ? SmallJournal::text_bytes(text) : hostile_segment(chance));
    storage.set_content("journal/E000002-S000001.log", hostile_segment(chance));
    storage.set_content("journal/watermark.000001", SmallJournal::text_bytes(text));
    storage.set_content("journal/E00001-S1.log", SmallJournal::text_bytes(text));
    storage.set_content("epoch/000001.claim", SmallJournal::text_bytes(text));
    const auto back = try_read_back(MemoryDisk{storage});
    EXPECT_TRUE(!back || back->texts.empty());
    (void)journal::newest_claim(MemoryDisk{storage});
  }
}

}  // namespace
}  // namespace foundation::testing
