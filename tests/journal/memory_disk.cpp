#include "memory_disk.hpp"

#include <cerrno>
#include <utility>

#include "core/contracts.hpp"
#include "core/error.hpp"
#include "core/mutation.hpp"

namespace foundation::testing {
namespace {

Bytes to_bytes(std::string_view text) {
  const auto* first = reinterpret_cast<const std::byte*>(text.data());
  return {first, first + text.size()};
}

}  // namespace

void MemoryDisk::throw_if(int error_number, std::string_view action, std::string_view name) {
  if (error_number != 0) throw core::system_error(action, name, error_number);
}

void MemoryDisk::make_folder(std::string_view name) {
  throw_if(storage_->make_folder(name), "create the folder", name);
}

std::vector<std::string> MemoryDisk::list(std::string_view folder) const {
  if (!observes_) throw_if(storage_->begin_read(), "list", folder);
  return storage_->names(folder);
}

std::optional<Bytes> MemoryDisk::read(std::string_view name) const {
  const int error = observes_ ? 0 : storage_->begin_read();
  if (error != 0 && FOUNDATION_MUTATION(read_error_taken_for_missing)) return std::nullopt;
  throw_if(error, "read", name);
  const auto file = storage_->find(std::string{name});
  if (file == MemoryStorage::FileId::none) return std::nullopt;
  return storage_->view(file, node_);
}

MemoryStorage::FileId MemoryDisk::store_unnamed(std::string_view name, std::string_view content) {
  EXPECTS(!observes_);
  MemoryStorage::FileId file{};
  throw_if(storage_->create_unnamed(node_, file), "create", name);
  throw_if(storage_->write(file, 0, to_bytes(content)), "write", name);
  if (!FOUNDATION_MUTATION(file_not_synced_before_rename))
    throw_if(storage_->sync(file), "sync", name);
  return file;
}

bool MemoryDisk::create_exclusive(std::string_view name, std::string_view content) {
  const auto file = store_unnamed(name, content);
  if (FOUNDATION_MUTATION(claim_not_exclusive)) {
    throw_if(storage_->rename(file, std::string{name}), "create", name);
  } else {
    const int error = storage_->link(file, std::string{name});
    if (error == EEXIST) return false;
    throw_if(error, "create", name);
  }
  throw_if(storage_->sync_folder_of(std::string{name}), "sync the folder of", name);
  return true;
}

void MemoryDisk::replace(std::string_view name, std::string_view content) {
  const auto file = store_unnamed(name, content);
  throw_if(storage_->rename(file, std::string{name}), "replace", name);
  if (!FOUNDATION_MUTATION(folder_not_synced_after_rename))
    throw_if(storage_->sync_folder_of(std::string{name}), "sync the folder of", name);
}

void MemoryDisk::submit(journal::WriteRequest request) {
  pending_.push_back({std::move(request), false});
}

void MemoryDisk::write_next() {
  EXPECTS(!pending_.empty());
  auto& [request, written] = pending_.front();
  if (std::exchange(written, true) || error_ != 0) return;
  if (request.create) error_ = storage_->create(request.file, node_);
  if (error_ == 0)
    error_ = storage_->write(storage_->find(request.file), request.offset, request.bytes);
  if ((error_ == ENOSPC || error_ == EDQUOT) && FOUNDATION_MUTATION(short_write_accepted))
    error_ = 0;
}

void MemoryDisk::tear_next(double part) {
  EXPECTS(!pending_.empty());
  if (pending_.front().written || error_ != 0) return pending_.clear();
  journal::WriteRequest request = std::move(pending_.front().request);
  pending_.clear();
  request.bytes.resize(static_cast<std::size_t>(static_cast<double>(request.bytes.size()) * part));
  if (!request.create || storage_->create(request.file, node_) == 0)
    static_cast<void>(storage_->write(storage_->find(request.file), request.offset, request.bytes));
}

journal::WriteDone MemoryDisk::complete_next() {
  EXPECTS(!pending_.empty());
  write_next();
  journal::WriteDone outcome{.ticket = pending_.front().request.ticket};
  if (error_ == 0) error_ = finish(pending_.front(), outcome.fenced);
  if (error_ != 0 && FOUNDATION_MUTATION(failed_sync_repeated))
    error_ = finish(pending_.front(), outcome.fenced);
  outcome.error_number = error_;
  outcome.buffer = std::move(pending_.front().request.bytes);
  pending_.pop_front();
  return outcome;
}

int MemoryDisk::finish(Pending& pending, bool& fenced) {
  const journal::WriteRequest& request = pending.request;
  if (!FOUNDATION_MUTATION(write_not_synced)) {
    if (const int error = storage_->sync(storage_->find(request.file))) return error;
  }
  if (request.create && !FOUNDATION_MUTATION(folder_of_segment_not_synced)) {
    if (const int error = storage_->sync_folder_of(request.file)) return error;
  }
  if (const int error = storage_->begin_call()) return error;
  fenced = storage_->exists(request.fence);
  return 0;
}

}  // namespace foundation::testing
