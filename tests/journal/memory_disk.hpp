#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/random.hpp"
#include "journal/disk.hpp"

namespace foundation::testing {

using Bytes = std::vector<std::byte>;

/// What several processes see of one run folder, and what of it a power loss would leave: each
/// file has the content of the page cache and the durable content below it. Synchronous
/// operations of Disk are durable when they return; the parts of a WriteRequest are not before
/// their sync. Deterministic: all chance comes from the streams passed in.
class MemoryStorage {
 public:
  static constexpr std::size_t page_bytes = 4096;
  static constexpr std::size_t sector_bytes = 512;

  /// Power loss. Each un-synced page is kept, dropped or torn at sectors, an un-synced file
  /// name kept or dropped, and the file's length lies anywhere between.
  void crash(core::Stream& chance);

  /// The n-th call from now on (0: the next one) fails with this errno; calls are reads, lists
  /// and the parts of each change: create, write, sync, sync of the folder, look for the fence.
  void fail_call(std::uint64_t n, int error_number);
  /// Every write from now on fails with this errno (ENOSPC: after half of its bytes); 0: none.
  void fail_writes(int error_number) noexcept { write_error_ = error_number; }
  [[nodiscard]] std::uint64_t calls() const noexcept { return calls_; }

  [[nodiscard]] std::vector<std::string> names(std::string_view folder) const;
  /// Content as the processes see it; for tests that damage files.
  [[nodiscard]] const Bytes& content(const std::string& name) const;
  void set_content(const std::string& name, Bytes content);
  void remove(const std::string& name) { files_.erase(name); }

 private:
  friend class MemoryDisk;
  struct File {
    Bytes cached;
    Bytes durable;
    std::set<std::size_t> dirty;  ///< pages changed since the last sync
    bool name_durable = false;
  };
  int count_call();
  int create(const std::string& name);
  int write(const std::string& name, std::size_t offset, const Bytes& bytes);
  int sync(const std::string& name);
  int sync_name(const std::string& name);
  static void put(File& file, std::size_t offset, const std::byte* bytes, std::size_t size);
  static void crash_file(File& file, core::Stream& chance);

  std::map<std::string, File> files_;
  std::set<std::string> folders_;
  std::uint64_t calls_ = 0;
  std::optional<std::uint64_t> fail_at_;
  int fail_error_ = 0;
  int write_error_ = 0;
};

/// One process's view of a MemoryStorage. Submitted requests wait until their owner completes
/// them: that is how tests and the simulator decide when the disk is done. Dropping the object
/// is a killed process: what it has written stays in the page cache.
class MemoryDisk final : public journal::Disk {
 public:
  explicit MemoryDisk(MemoryStorage& storage) noexcept : storage_{&storage} {}

  void make_folder(std::string_view name) override;
  [[nodiscard]] std::vector<std::string> list(std::string_view folder) const override;
  [[nodiscard]] std::optional<Bytes> read(std::string_view name) const override;
  bool create_exclusive(std::string_view name, std::string_view content) override;
  void replace(std::string_view name, std::string_view content) override;
  void submit(journal::WriteRequest request) override;

  [[nodiscard]] std::size_t pending() const noexcept { return pending_.size(); }
  /// The oldest request reaches the page cache, without a sync. Nothing happens if it has.
  void write_next();
  /// The oldest request is written, synced and checked against its fence.
  [[nodiscard]] journal::WriteDone complete_next();

 private:
  struct Pending {
    journal::WriteRequest request;
    bool written = false;
  };
  void throw_if_failing(std::string_view action, std::string_view name) const;
  int finish(Pending& pending, bool& fenced);

  MemoryStorage* storage_;
  std::deque<Pending> pending_;
  int error_ = 0;  ///< the first one: later requests fail with it, as on a PosixDisk
};

}  // namespace foundation::testing
