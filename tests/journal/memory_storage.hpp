#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/random.hpp"

namespace foundation::testing {

using Bytes = std::vector<std::byte>;

/// What several processes see of one run folder, and what of it a power loss would leave.
///
/// Each file has the content of the page cache and the durable content below it; each name is a
/// directory entry that is created, linked or renamed at once and durable after a sync of its
/// folder. Nothing is promised between the two: after a power loss an un-synced name may be the
/// old or the new one, with or without the data that was to be under it.
///
/// Deterministic: all chance comes from the streams passed in. Every operation of a process is a
/// *call*; calls can be made to fail, or to be the last ones of their process.
class MemoryStorage {
 public:
  static constexpr std::size_t page_bytes = 4096;
  static constexpr std::size_t sector_bytes = 512;
  enum class FileId : std::uint32_t { none };
  enum class NodeId : std::uint32_t {};

  /// Power loss. Each un-synced page is kept, dropped or torn at sectors, each un-synced name is
  /// the old or the new one, and the length of a file lies anywhere between.
  void crash(core::Stream& chance);

  // --- faults ---
  /// The n-th call from now on (0: the next one) fails with this errno.
  void fail_call(std::uint64_t n, int error_number);
  /// `what` is done right before the n-th call from now on: another process comes in between,
  /// or (if it throws) this one dies there.
  void interrupt_call(std::uint64_t n, std::function<void()> what);
  /// Every write from now on fails with this errno after a part of its bytes; 0: none.
  void fail_writes(int error_number, double part = 0.5) noexcept;
  enum class AfterFailedSync : std::uint8_t {
    clean,     ///< pages count as clean although they are not durable (ext4, XFS)
    reverted,  ///< the page cache shows the old content again (Btrfs)
  };
  /// So many syncs from now on fail with this errno. What they were to store is lost, and a
  /// later sync succeeds without it.
  void fail_syncs(std::uint32_t count, int error_number,
                  AfterFailedSync after = AfterFailedSync::clean) noexcept;
  /// After `skip` more reads (of files and folders), `count` of them fail with this errno.
  void fail_reads(std::uint32_t skip, std::uint32_t count, int error_number) noexcept;
  /// Other nodes than a file's writer see it no longer than it is now ...
  void freeze_views();
  /// ... until its attributes are looked up again.
  void thaw_views() noexcept { frozen_.reset(); }
  /// A network file system: other nodes see what was synced only.
  void set_network(bool network) noexcept { network_ = network; }

  // --- damage: what no journal survives ---
  /// So many syncs from now on succeed without storing anything.
  void lie_at_syncs(std::uint32_t count) noexcept { lying_syncs_ = count; }
  void set_content(const std::string& name, Bytes content);
  void remove(const std::string& name) { names_.erase(name); }

  // --- what is there ---
  [[nodiscard]] std::uint64_t calls() const noexcept { return calls_; }
  [[nodiscard]] std::vector<std::string> names(std::string_view folder) const;
  /// Content as the processes see it.
  [[nodiscard]] const Bytes& content(const std::string& name) const;

 private:
  friend class MemoryDisk;
  struct File {
    Bytes cached;
    Bytes durable;
    std::set<std::size_t> dirty;  ///< pages changed since the last sync
    NodeId writer{};
    std::size_t synced_bytes = 0;  ///< length that other nodes can see
    bool had_name = false;
  };
  struct Entry {
    FileId cached = FileId::none;
    FileId durable = FileId::none;
    bool pending = false;  ///< changed since the last sync of its folder
    bool lost = false;     ///< ... which failed, and its owner does not know yet
  };

  // All of these are calls and return 0 or errno.
  int begin_call();
  int create(const std::string& name, NodeId node);
  int create_unnamed(NodeId node, FileId& file);
  int write(FileId file, std::size_t offset, const Bytes& bytes);
  int sync(FileId file);
  int link(FileId file, const std::string& name);
  int rename(FileId file, const std::string& name);
  int sync_folder_of(const std::string& name);
  int make_folder(std::string_view name);
  int begin_read();

  [[nodiscard]] FileId find(const std::string& name) const;
  [[nodiscard]] bool exists(const std::string& name) const { return find(name) != FileId::none; }
  [[nodiscard]] Bytes view(FileId file, NodeId node) const;
  void set_entry(const std::string& name, FileId file);
  FileId add_file(NodeId node);
  void drop_unnamed(bool all);
  int failing_sync() noexcept;
  static void put(File& file, std::size_t offset, const std::byte* bytes, std::size_t size);
  static void store(File& file);
  static void crash_file(File& file, core::Stream& chance);

  std::map<std::string, Entry> names_;
  std::map<FileId, File> files_;
  std::set<std::string> folders_;
  std::uint32_t last_file_ = 0;
  std::uint64_t calls_ = 0;

  std::optional<std::uint64_t> fail_at_;
  int fail_error_ = 0;
  std::optional<std::uint64_t> interrupt_at_;
  std::function<void()> interrupt_;
  int write_error_ = 0;
  double written_part_ = 0.5;
  std::uint32_t failing_syncs_ = 0;
  int sync_error_ = 0;
  AfterFailedSync after_failed_sync_ = AfterFailedSync::clean;
  std::uint32_t good_reads_ = 0;
  std::uint32_t failing_reads_ = 0;
  int read_error_ = 0;
  std::uint32_t lying_syncs_ = 0;
  bool network_ = false;
  std::optional<std::map<FileId, std::size_t>> frozen_;  ///< lengths that other nodes see
};

}  // namespace foundation::testing
