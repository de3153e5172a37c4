#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "journal/disk.hpp"
#include "memory_storage.hpp"

namespace foundation::testing {

/// One process's view of a MemoryStorage. Submitted requests wait until their owner completes
/// them: that is how tests and the simulator decide when the disk is done. Dropping the object
/// is a killed process: what it has written stays in the page cache. The synchronous operations
/// make the same calls one after the other as PosixFolder.
class MemoryDisk final : public journal::Disk {
 public:
  explicit MemoryDisk(MemoryStorage& storage, MemoryStorage::NodeId node = {})
      : storage_{&storage}, node_{node} {}
  /// For somebody outside of the world who looks: makes no calls and may not change anything.
  [[nodiscard]] static MemoryDisk observer(MemoryStorage& storage,
                                           MemoryStorage::NodeId node = {}) {
    MemoryDisk disk{storage, node};
    disk.observes_ = true;
    return disk;
  }

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
  /// The process is killed in the middle of its oldest request: a part of the bytes is in the page
  /// cache, and no request is ever done.
  void tear_next(double part);
  /// Requests that are not done never will be.
  void drop_pending() noexcept { pending_.clear(); }
  [[nodiscard]] MemoryStorage::NodeId node() const noexcept { return node_; }

 private:
  struct Pending {
    journal::WriteRequest request;
    bool written = false;
  };
  static void throw_if(int error_number, std::string_view action, std::string_view name);
  [[nodiscard]] MemoryStorage::FileId store_unnamed(std::string_view name,
                                                    std::string_view content);
  int finish(Pending& pending, bool& fenced);

  MemoryStorage* storage_;
  MemoryStorage::NodeId node_{};
  bool observes_ = false;
  std::deque<Pending> pending_;
  int error_ = 0;  ///< the first one: later requests fail with it, as on a PosixDisk
};

}  // namespace foundation::testing
