#include <atomic>
#include <cstdlib>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "core/random.hpp"
#include "journal/journal.hpp"
#include "process.hpp"

namespace foundation::testing {
namespace {

/// By default one bit of each byte and every third length; all of them with
/// FOUNDATION_EXHAUSTIVE.
bool exhaustive() { return std::getenv("FOUNDATION_EXHAUSTIVE") != nullptr; }

/// Files that nobody writes, one of them replaced by other bytes.
class DamagedDisk final : public journal::Disk {
 public:
  using Files = std::map<std::string, Bytes>;
  explicit DamagedDisk(const Files& files) : files_{files} {}

  std::string damaged;  ///< name of the file that is read as `bytes`
  Bytes bytes;

  void make_folder(std::string_view) override {}
  [[nodiscard]] std::vector<std::string> list(std::string_view folder) const override {
    std::vector<std::string> names;
    for (const auto& [name, content] : files_)
      if (name.starts_with(folder)) names.push_back(name.substr(folder.size() + 1));
    return names;
  }
  [[nodiscard]] std::optional<Bytes> read(std::string_view name) const override {
    if (name == damaged) return bytes;
    const auto found = files_.find(std::string{name});
    return found == files_.end() ? std::nullopt : std::optional{found->second};
  }
  bool create_exclusive(std::string_view, std::string_view) override { return false; }
  void replace(std::string_view, std::string_view) override {}
  void submit(journal::WriteRequest) override {}

 private:
  const Files& files_;
};

enum class Verdict { same, torn, refused, wrong };

/// Three epochs of several segments, about 100 KB. The watermark covers all but the last group,
/// which alone may be missing.
class Exhaustive : public ::testing::Test {
 protected:
  Exhaustive() {
    core::Stream chance{9, core::Purpose::simulate};
    MemoryStorage storage;
    std::string watermark;
    for (int epoch = 0; epoch < 3; ++epoch) {
      Process process{storage, [](auto& options) { options.segment_bytes = 9'000; }};
      for (int group = 0; group < 20; ++group) {
        acknowledged_ = process.log.size();
        watermark = process.writer->watermark();
        for (int i = 0; i < 3; ++i) process.append(random_text(chance, chance.below(1100)));
        process.commit();
      }
      log_ = process.log;
    }
    storage.set_content(journal::watermark_file(3), {std::as_bytes(std::span{watermark}).begin(),
                                                     std::as_bytes(std::span{watermark}).end()});
    for (const char* folder : {"journal", "epoch"})
      for (const std::string& leaf : storage.names(folder)) {
        const std::string name = std::string{folder} + "/" + leaf;
        files_.emplace(name, storage.content(name));
      }
  }

  [[nodiscard]] Verdict judge(const journal::Disk& disk) const;
  /// Calls change(disk, n) for every n below `count` on all cores, and judges what comes of it.
  void judge_all(std::uint64_t count,
                 const std::function<void(DamagedDisk&, std::uint64_t)>& change);

  DamagedDisk::Files files_;
  Texts log_;
  std::size_t acknowledged_ = 0;
  std::map<Verdict, std::uint64_t> verdicts_;
};

Verdict Exhaustive::judge(const journal::Disk& disk) const {
  try {
    std::size_t count = 0;
    bool equal = true;
    const journal::Recovery found = journal::read_log(disk, [&](const journal::Record& record) {
      equal =
          equal && count < log_.size() && record.payload.size() == log_[count].size() &&
          std::equal(record.payload.begin(), record.payload.end(), as_bytes(log_[count]).begin());
      ++count;
    });
    if (!equal || found.end.sequence != count || count < acknowledged_) return Verdict::wrong;
    return count == log_.size() ? Verdict::same : Verdict::torn;
  } catch (const core::Error& error) {
    const bool version = error.kind() == core::ErrorKind::bad_input;
    const bool typed = version || error.kind() == core::ErrorKind::corrupt_data;
    const bool explained = error.place().file.starts_with("journal/") && !error.hint().empty();
    return typed && explained ? Verdict::refused : Verdict::wrong;
  }
}

void Exhaustive::judge_all(std::uint64_t count,
                           const std::function<void(DamagedDisk&, std::uint64_t)>& change) {
  std::atomic<std::uint64_t> next{0};
  std::mutex mutex;
  const auto work = [&] {
    DamagedDisk disk{files_};
    std::map<Verdict, std::uint64_t> mine;
    for (std::uint64_t n = next++; n < count; n = next++) {
      change(disk, n);
      const Verdict verdict = judge(disk);
      ++mine[verdict];
      if (verdict == Verdict::wrong) {
        const std::lock_guard lock{mutex};
        ADD_FAILURE() << disk.damaged << ": change " << n << " gives a wrong log";
      }
    }
    const std::lock_guard lock{mutex};
    for (const auto& [verdict, times] : mine) verdicts_[verdict] += times;
  };
  std::thread other{work};
  work();
  other.join();
}

TEST_F(Exhaustive, every_bit_flip_is_harmless_or_refused) {
  std::uint64_t bits = 0;
  for (const auto& [name, content] : files_) {
    const std::uint64_t step = exhaustive() ? 1 : 8;
    const std::uint64_t count = content.size() * 8 / step;
    bits += count;
    judge_all(count, [&, &name = name, &content = content](DamagedDisk& disk, std::uint64_t n) {
      const std::uint64_t bit = step == 1 ? n : n * 8 + n % 8;
      disk.damaged = name;
      disk.bytes = content;
      disk.bytes[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    });
  }
  EXPECT_GT(verdicts_[Verdict::refused], bits / 2);
  EXPECT_GT(verdicts_[Verdict::torn], 0U);
  EXPECT_GT(verdicts_[Verdict::same], 0U);
  fmt::print(
      "{} files, {} bit flips: {} refused, {} cost the last group, {} change nothing, {} wrong\n",
      files_.size(), bits, verdicts_[Verdict::refused], verdicts_[Verdict::torn],
      verdicts_[Verdict::same], verdicts_[Verdict::wrong]);
}

TEST_F(Exhaustive, every_truncation_is_harmless_or_refused) {
  std::uint64_t lengths = 0;
  for (const auto& [name, content] : files_) {
    const std::uint64_t step = exhaustive() ? 1 : 3;
    const std::uint64_t count = (content.size() + step - 1) / step;
    lengths += count;
    judge_all(count, [&, &name = name, &content = content](DamagedDisk& disk, std::uint64_t n) {
      disk.damaged = name;
      disk.bytes.assign(content.begin(), content.begin() + static_cast<std::ptrdiff_t>(n * step));
    });
  }
  EXPECT_GT(verdicts_[Verdict::refused], lengths / 2);
  EXPECT_GT(verdicts_[Verdict::torn], 0U);
  fmt::print(
      "{} files, {} lengths: {} refused, {} cost the last group, {} change nothing, {} wrong\n",
      files_.size(), lengths, verdicts_[Verdict::refused], verdicts_[Verdict::torn],
      verdicts_[Verdict::same], verdicts_[Verdict::wrong]);
}

}  // namespace
}  // namespace foundation::testing
