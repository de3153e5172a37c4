#include "memory_storage.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace foundation::testing {
namespace {

std::string_view folder_of(std::string_view name) {
  const std::size_t slash = name.rfind('/');
  return slash == std::string_view::npos ? std::string_view{} : name.substr(0, slash);
}

}  // namespace

// --- faults --------------------------------------------------------------------------------------

void MemoryStorage::fail_call(std::uint64_t n, int error_number) {
  fail_at_ = calls_ + n;
  fail_error_ = error_number;
}

void MemoryStorage::interrupt_call(std::uint64_t n, std::function<void()> what) {
  interrupt_at_ = calls_ + n;
  interrupt_ = std::move(what);
}

void MemoryStorage::fail_writes(int error_number, double part) noexcept {
  write_error_ = error_number;
  written_part_ = part;
}

void MemoryStorage::fail_syncs(std::uint32_t count, int error_number,
                               AfterFailedSync after) noexcept {
  failing_syncs_ = count;
  sync_error_ = error_number;
  after_failed_sync_ = after;
}

void MemoryStorage::fail_reads(std::uint32_t skip, std::uint32_t count, int error_number) noexcept {
  good_reads_ = skip;
  failing_reads_ = count;
  read_error_ = error_number;
}

void MemoryStorage::freeze_views() {
  frozen_.emplace();
  for (const auto& [id, file] : files_) frozen_->emplace(id, file.synced_bytes);
}

// --- calls ---------------------------------------------------------------------------------------

int MemoryStorage::begin_call() {
  const std::uint64_t call = calls_++;
  if (interrupt_at_ && call >= *interrupt_at_) {
    interrupt_at_.reset();
    std::exchange(interrupt_, nullptr)();
  }
  return call == fail_at_ ? fail_error_ : 0;
}

int MemoryStorage::begin_read() {
  if (const int error = begin_call()) return error;
  if (failing_reads_ == 0) return 0;
  if (good_reads_ > 0) return --good_reads_, 0;
  --failing_reads_;
  return read_error_;
}

int MemoryStorage::make_folder(std::string_view name) {
  if (const int error = begin_call()) return error;
  folders_.emplace(name);
  return 0;
}

int MemoryStorage::create(const std::string& name, NodeId node) {
  if (const int error = begin_call()) return error;
  if (exists(name)) return EEXIST;
  if (!folders_.contains(std::string{folder_of(name)})) return ENOENT;
  set_entry(name, add_file(node));
  return 0;
}

int MemoryStorage::create_unnamed(NodeId node, FileId& file) {
  if (const int error = begin_call()) return error;
  file = add_file(node);
  return 0;
}

int MemoryStorage::write(FileId file, std::size_t offset, const Bytes& bytes) {
  int error = begin_call();
  if (error == 0) error = write_error_;
  const auto at = files_.find(file);
  if (at == files_.end()) return EBADF;
  const auto part = static_cast<std::size_t>(static_cast<double>(bytes.size()) * written_part_);
  put(at->second, offset, bytes.data(), error == 0 ? bytes.size() : part);
  return error;
}

int MemoryStorage::failing_sync() noexcept {
  if (failing_syncs_ == 0) return 0;
  --failing_syncs_;
  return sync_error_;
}

int MemoryStorage::sync(FileId id) {
  int error = begin_call();
  if (error == 0) error = failing_sync();
  const auto at = files_.find(id);
  if (at == files_.end()) return EBADF;
  File& file = at->second;
  if (error == 0 && lying_syncs_ == 0) return store(file), 0;
  file.dirty.clear();
  if (error == 0) --lying_syncs_;
  if (error != 0 && after_failed_sync_ == AfterFailedSync::reverted) file.cached = file.durable;
  return error;
}

int MemoryStorage::link(FileId file, const std::string& name) {
  if (const int error = begin_call()) return error;
  if (exists(name)) return EEXIST;
  set_entry(name, file);
  return 0;
}

int MemoryStorage::rename(FileId file, const std::string& name) {
  if (const int error = begin_call()) return error;
  set_entry(name, file);
  return 0;
}

/// What a failed sync of a folder was to store is never stored. Linux reports the failure to
/// everybody who had the folder open then: a second process whose entry it was learns of it, too.
int MemoryStorage::sync_folder_of(const std::string& name) {
  int error = begin_call();
  if (error == 0) error = failing_sync();
  if (error == 0 && names_[name].lost) error = EIO;
  for (auto& [other, entry] : names_) {
    if (folder_of(other) != folder_of(name) || !std::exchange(entry.pending, false)) continue;
    if (error == 0) entry.durable = entry.cached;
    entry.lost = error != 0 && other != name;
  }
  if (error == 0) drop_unnamed(false);
  return error;
}

// --- files and names -----------------------------------------------------------------------------

MemoryStorage::FileId MemoryStorage::add_file(NodeId node) {
  const FileId id{++last_file_};
  files_[id].writer = node;
  return id;
}

MemoryStorage::FileId MemoryStorage::find(const std::string& name) const {
  const auto at = names_.find(name);
  return at == names_.end() ? FileId::none : at->second.cached;
}

void MemoryStorage::set_entry(const std::string& name, FileId file) {
  Entry& entry = names_[name];
  entry.cached = file;
  entry.pending = true;
  files_[file].had_name = true;
}

/// Files that were replaced; with `all` also those that never got a name.
void MemoryStorage::drop_unnamed(bool all) {
  std::set<FileId> named;
  for (const auto& [name, entry] : names_) {
    named.insert(entry.cached);
    named.insert(entry.durable);
  }
  std::erase_if(files_, [&](const auto& it) {
    return (all || it.second.had_name) && !named.contains(it.first);
  });
}

std::vector<std::string> MemoryStorage::names(std::string_view folder) const {
  const std::string prefix = std::string{folder} + "/";
  std::vector<std::string> leaves;
  for (const auto& [name, entry] : names_)
    if (name.starts_with(prefix) && entry.cached != FileId::none)
      leaves.push_back(name.substr(prefix.size()));
  return leaves;
}

const Bytes& MemoryStorage::content(const std::string& name) const {
  return files_.at(find(name)).cached;
}

void MemoryStorage::set_content(const std::string& name, Bytes content) {
  const FileId id = add_file(NodeId{});
  File& file = files_[id];
  file.had_name = true;
  file.synced_bytes = content.size();
  file.durable = content;
  file.cached = std::move(content);
  names_[name] = Entry{.cached = id, .durable = id, .pending = false};
}

Bytes MemoryStorage::view(FileId id, NodeId node) const {
  const File& file = files_.at(id);
  if (!network_ || node == file.writer) return file.cached;
  std::size_t size = file.synced_bytes;
  if (frozen_) {
    const auto at = frozen_->find(id);
    size = at == frozen_->end() ? size : std::min(size, at->second);
  }
  size = std::min(size, file.cached.size());
  return {file.cached.begin(), file.cached.begin() + static_cast<std::ptrdiff_t>(size)};
}

void MemoryStorage::put(File& file, std::size_t offset, const std::byte* bytes, std::size_t size) {
  if (size == 0) return;
  const std::size_t first = std::min(offset, file.cached.size()) / page_bytes;
  if (file.cached.size() < offset + size) file.cached.resize(offset + size);
  std::memcpy(file.cached.data() + offset, bytes, size);
  for (std::size_t page = first; page * page_bytes < offset + size; ++page) {
    file.dirty.insert(page);
  }
}

void MemoryStorage::store(File& file) {
  file.durable.resize(file.cached.size());
  for (const std::size_t page : std::exchange(file.dirty, {})) {
    const std::size_t begin = page * page_bytes;
    if (begin >= file.cached.size()) continue;
    const std::size_t size = std::min(page_bytes, file.cached.size() - begin);
    std::memcpy(file.durable.data() + begin, file.cached.data() + begin, size);
  }
  file.synced_bytes = file.cached.size();
}

// --- power loss ----------------------------------------------------------------------------------

void MemoryStorage::crash(core::Stream& chance) {
  for (auto at = names_.begin(); at != names_.end();) {
    Entry& entry = at->second;
    const bool applied = entry.pending && chance.chance(0.5);
    const FileId left = applied ? entry.cached : entry.durable;
    entry = Entry{.cached = left, .durable = left, .pending = false};
    at = left == FileId::none ? names_.erase(at) : std::next(at);
  }
  frozen_.reset();
  drop_unnamed(true);
  for (auto& [id, file] : files_) crash_file(file, chance);
}

void MemoryStorage::crash_file(File& file, core::Stream& chance) {
  enum { keep, drop, tear };
  Bytes left = file.durable;
  for (const std::size_t page : file.dirty) {
    const auto fate = chance.below(3);
    if (fate == drop) continue;
    const std::size_t end = std::min((page + 1) * page_bytes, file.cached.size());
    for (std::size_t at = page * page_bytes; at < end; at += sector_bytes) {
      if (fate == tear && chance.chance(0.5)) continue;
      const std::size_t size = std::min(sector_bytes, end - at);
      if (left.size() < at + size) left.resize(at + size);
      std::memcpy(left.data() + at, file.cached.data() + at, size);
    }
  }
  if (!file.dirty.empty() && left.size() < file.cached.size() && chance.chance(0.3)) {
    left.resize(file.cached.size());  // the length reached the disk, the data did not: zeros
  }
  file.dirty.clear();
  file.synced_bytes = left.size();
  file.durable = left;
  file.cached = std::move(left);
}

}  // namespace foundation::testing
