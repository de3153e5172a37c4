#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <type_traits>
#include <vector>

#include "analysis/temporary_file.hpp"
#include "core/contracts.hpp"

namespace foundation::analysis {

enum class Direction : std::uint8_t { forward, backward };

/// Any number of records in sorted order, in bounded memory: sorted runs in a temporary file,
/// merged while they are read, from either end (Knuth, The Art of Computer Programming 3, 5.4).
/// `Less` must be a total order, so that the result does not depend on the runs.
///
/// First `add`, then `finish`, then any number of cursors. Memory: one run. Local, one thread.
/// Throws core::Error{io}.
template <class T, class Less>
class ExternalSort {
  static_assert(std::is_trivially_copyable_v<T>);
  struct Run {
    std::uint64_t offset = 0;
    std::uint64_t count = 0;
  };

 public:
  explicit ExternalSort(std::size_t run_records = std::size_t{1} << 19) : limit_{run_records} {}

  void add(const T& record) {
    if (last_.size() == limit_) spill();
    last_.push_back(record);
    ++size_;
  }
  /// Nothing is added from now on.
  void finish() {
    if (runs_.empty()) {
      std::ranges::sort(last_, Less{});
    } else if (!last_.empty()) {
      spill();
      last_.shrink_to_fit();
    }
    finished_ = true;
  }
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

  /// Reads through the records once. `sorted` outlives it.
  class Cursor {
   public:
    Cursor(const ExternalSort& sorted, Direction direction)
        : sorted_{sorted}, direction_{direction} {
      EXPECTS(sorted.finished_);
      if (sorted.runs_.empty()) {
        sources_.push_back({.left = sorted.last_.size()});
      } else {
        for (const Run& run : sorted.runs_)
          sources_.push_back({.offset = run.offset, .total = run.count, .left = run.count});
      }
      for (std::uint32_t i = 0; i < sources_.size(); ++i)
        if (advance(sources_[i])) heap_.push_back(i);
      std::ranges::make_heap(heap_, order());
    }
    /// The next record, or nothing at the end.
    [[nodiscard]] const T* next() {
      if (heap_.empty()) return nullptr;
      std::ranges::pop_heap(heap_, order());
      Source& source = sources_[heap_.back()];
      record_ = source.record;
      if (advance(source)) {
        std::ranges::push_heap(heap_, order());
      } else {
        heap_.pop_back();
      }
      return &record_;
    }

   private:
    struct Source {
      std::uint64_t offset = 0;
      std::uint64_t total = 0;
      std::uint64_t left = 0;  ///< records that have not been taken
      std::vector<T> buffer{};
      std::size_t place = 0;
      T record{};
    };
    static constexpr std::uint64_t buffer_records = 4096;

    auto order() {
      return [this](std::uint32_t a, std::uint32_t b) {
        const T& x = sources_[a].record;
        const T& y = sources_[b].record;
        return direction_ == Direction::forward ? Less{}(y, x) : Less{}(x, y);
      };
    }
    bool advance(Source& source) {
      if (source.left == 0) return false;
      if (sorted_.runs_.empty()) {
        const std::uint64_t count = sorted_.last_.size();
        const std::uint64_t at =
            direction_ == Direction::forward ? count - source.left : source.left - 1;
        source.record = sorted_.last_[at];
      } else {
        if (source.place == source.buffer.size()) refill(source);
        const std::size_t at = direction_ == Direction::forward
                                   ? source.place
                                   : source.buffer.size() - 1 - source.place;
        source.record = source.buffer[at];
        ++source.place;
      }
      --source.left;
      return true;
    }
    void refill(Source& source) {
      const std::uint64_t count = std::min(buffer_records, source.left);
      const std::uint64_t first =
          direction_ == Direction::forward ? source.total - source.left : source.left - count;
      source.buffer.resize(count);
      source.place = 0;
      sorted_.file_->read(source.offset + first * sizeof(T),
                          std::as_writable_bytes(std::span{source.buffer}));
    }

    const ExternalSort& sorted_;
    Direction direction_;
    std::vector<Source> sources_;
    std::vector<std::uint32_t> heap_;
    T record_{};
  };

 private:
  void spill() {
    if (!file_) file_ = std::make_unique<TemporaryFile>();
    std::ranges::sort(last_, Less{});
    runs_.push_back({file_->append(std::as_bytes(std::span{last_})), last_.size()});
    last_.clear();
  }

  std::size_t limit_;
  std::uint64_t size_ = 0;
  bool finished_ = false;
  std::vector<T> last_;  ///< the run that is being filled; if it is the only one, all records
  std::vector<Run> runs_;
  std::unique_ptr<TemporaryFile> file_;
};

}  // namespace foundation::analysis
