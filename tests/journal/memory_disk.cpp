#include "memory_disk.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "core/contracts.hpp"
#include "core/error.hpp"

namespace foundation::testing {
namespace {

Bytes to_bytes(std::string_view text) {
  const auto* first = reinterpret_cast<const std::byte*>(text.data());
  return {first, first + text.size()};
}

}  // namespace

void MemoryStorage::fail_call(std::uint64_t n, int error_number) {
  fail_at_ = calls_ + n;
  fail_error_ = error_number;
}

int MemoryStorage::count_call() { return calls_++ == fail_at_ ? fail_error_ : 0; }

std::vector<std::string> MemoryStorage::names(std::string_view folder) const {
  const std::string prefix = std::string{folder} + "/";
  std::vector<std::string> leaves;
  for (const auto& [name, file] : files_) {
    if (name.starts_with(prefix)) leaves.push_back(name.substr(prefix.size()));
  }
  return leaves;
}

const Bytes& MemoryStorage::content(const std::string& name) const {
  return files_.at(name).cached;
}

void MemoryStorage::set_content(const std::string& name, Bytes content) {
  files_[name] = File{.cached = content, .durable = content, .dirty = {}, .name_durable = true};
}

int MemoryStorage::create(const std::string& name) {
  if (const int error = count_call()) return error;
  if (files_.contains(name)) return EEXIST;
  if (!folders_.contains(name.substr(0, name.rfind('/')))) return ENOENT;
  files_[name];
  return 0;
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

int MemoryStorage::write(const std::string& name, std::size_t offset, const Bytes& bytes) {
  int error = count_call();
  if (error == 0) error = write_error_;
  const auto at = files_.find(name);
  if (at == files_.end()) return EBADF;
  put(at->second, offset, bytes.data(), error == 0 ? bytes.size() : bytes.size() / 2);
  return error;
}

/// A failed sync marks the pages clean although they are not durable, as Linux does.
int MemoryStorage::sync(const std::string& name) {
  const int error = count_call();
  File& file = files_.at(name);
  const auto dirty = std::exchange(file.dirty, {});
  if (error != 0) return error;
  file.durable.resize(file.cached.size());
  for (const std::size_t page : dirty) {
    const std::size_t begin = page * page_bytes;
    const std::size_t size = std::min(page_bytes, file.cached.size() - begin);
    std::memcpy(file.durable.data() + begin, file.cached.data() + begin, size);
  }
  return 0;
}

int MemoryStorage::sync_name(const std::string& name) {
  if (const int error = count_call()) return error;
  files_.at(name).name_durable = true;
  return 0;
}

void MemoryStorage::crash(core::Stream& chance) {
  for (auto at = files_.begin(); at != files_.end();) {
    if (!at->second.name_durable && chance.chance(0.5)) {
      at = files_.erase(at);
      continue;
    }
    crash_file(at->second, chance);
    ++at;
  }
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
  file = File{.cached = left, .durable = left, .dirty = {}, .name_durable = true};
}

void MemoryDisk::throw_if_failing(std::string_view action, std::string_view name) const {
  if (const int error = storage_->count_call()) throw core::system_error(action, name, error);
}

void MemoryDisk::make_folder(std::string_view name) {
  throw_if_failing("create the folder", name);
  storage_->folders_.emplace(name);
}

std::vector<std::string> MemoryDisk::list(std::string_view folder) const {
  throw_if_failing("list", folder);
  return storage_->names(folder);
}

std::optional<Bytes> MemoryDisk::read(std::string_view name) const {
  throw_if_failing("read", name);
  const auto at = storage_->files_.find(std::string{name});
  return at == storage_->files_.end() ? std::nullopt : std::optional{at->second.cached};
}

bool MemoryDisk::create_exclusive(std::string_view name, std::string_view content) {
  throw_if_failing("create", name);
  if (storage_->files_.contains(std::string{name})) return false;
  storage_->set_content(std::string{name}, to_bytes(content));
  return true;
}

void MemoryDisk::replace(std::string_view name, std::string_view content) {
  throw_if_failing("replace", name);
  storage_->set_content(std::string{name}, to_bytes(content));
}

void MemoryDisk::submit(journal::WriteRequest request) {
  pending_.push_back({std::move(request), false});
}

void MemoryDisk::write_next() {
  EXPECTS(!pending_.empty());
  auto& [request, written] = pending_.front();
  if (std::exchange(written, true) || error_ != 0) return;
  if (request.create) error_ = storage_->create(request.file);
  if (error_ == 0) error_ = storage_->write(request.file, request.offset, request.bytes);
}

journal::WriteDone MemoryDisk::complete_next() {
  write_next();
  journal::WriteDone outcome{.ticket = pending_.front().request.ticket};
  if (error_ == 0) error_ = finish(pending_.front(), outcome.fenced);
  outcome.error_number = error_;
  outcome.buffer = std::move(pending_.front().request.bytes);
  pending_.pop_front();
  return outcome;
}

int MemoryDisk::finish(Pending& pending, bool& fenced) {
  const journal::WriteRequest& request = pending.request;
  if (const int error = storage_->sync(request.file)) return error;
  if (request.create) {
    if (const int error = storage_->sync_name(request.file)) return error;
  }
  if (const int error = storage_->count_call()) return error;
  fenced = storage_->files_.contains(request.fence);
  return 0;
}

}  // namespace foundation::testing
