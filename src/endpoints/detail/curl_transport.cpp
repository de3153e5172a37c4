// One thread drives libcurl's multi interface; callers wait for their own transfer.
#include <algorithm>
#include <array>
#include <atomic>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <curl/curl.h>
#include <fmt/format.h>

#include "core/error.hpp"
#include "core/unique_handle.hpp"
#include "endpoints/detail/endpoint_url.hpp"
#include "endpoints/detail/http.hpp"

namespace foundation::endpoints::detail {
namespace {

constexpr std::size_t longest_body = std::size_t{16} << 20U;
constexpr long connect_timeout_ms = 10'000;
constexpr int longest_poll_ms = 1000;
constexpr long open_connections = 1024;
constexpr std::size_t kept_handles = 1024;

struct EasyPolicy {
  using Raw = CURL*;
  static Raw null() noexcept { return nullptr; }
  static void close(Raw raw) noexcept { curl_easy_cleanup(raw); }
};
struct MultiPolicy {
  using Raw = CURLM*;
  static Raw null() noexcept { return nullptr; }
  static void close(Raw raw) noexcept { curl_multi_cleanup(raw); }
};
struct HeadersPolicy {
  using Raw = curl_slist*;
  static Raw null() noexcept { return nullptr; }
  static void close(Raw raw) noexcept { curl_slist_free_all(raw); }
};
using Easy = core::UniqueHandle<EasyPolicy>;
using Multi = core::UniqueHandle<MultiPolicy>;

core::Error curl_error(const char* what) {
  return core::Error{core::ErrorKind::infrastructure, fmt::format("libcurl cannot {}", what)};
}

/// Once a process, before any handle; it stays until the process ends.
void require_curl() {
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (initialised != CURLE_OK) throw curl_error("be initialised");
}

template <class Value>
void set(CURL* handle, CURLoption option, Value value) {
  if (const CURLcode code = curl_easy_setopt(handle, option, value); code != CURLE_OK)
    throw core::Error{core::ErrorKind::infrastructure,
                      fmt::format("libcurl refuses an option: {}", curl_easy_strerror(code))};
}

class Headers {
 public:
  void add(const std::string& header) {
    curl_slist* longer = curl_slist_append(list_.get(), header.c_str());
    if (longer == nullptr) throw std::bad_alloc{};
    static_cast<void>(list_.release());
    list_.reset(longer);
  }
  [[nodiscard]] curl_slist* get() const noexcept { return list_.get(); }

 private:
  core::UniqueHandle<HeadersPolicy> list_;
};

/// How a transfer ended, for what follows from it.
HttpResponse::End end_of(CURLcode code) {
  using End = HttpResponse::End;
  switch (code) {
    case CURLE_OK: return End::complete;
    case CURLE_OPERATION_TIMEDOUT: return End::timed_out;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT: return End::no_contact;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL: return End::untrusted;
    default: break;
  }
  return End::cut;
}

/// One request on its way: its caller waits for it while the driver uses it. Both hold it, since
/// the caller may have gone before the driver has let it go.
class Transfer {
 public:
  explicit Transfer(const HttpRequest& request) : request_{request} {
    headers_.add("Content-Type: application/json");
    headers_.add("Accept: application/json");
    headers_.add("Expect:");  // no waiting for "100 Continue" before a long prompt
    if (!request.authorization.empty()) headers_.add(request.authorization);
  }

  void prepare(CURL* handle) {
    set(handle, CURLOPT_URL, request_.url.c_str());
#if LIBCURL_VERSION_NUM >= 0x075500
    set(handle, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    set(handle, CURLOPT_PROTOCOLS, static_cast<long>(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
    if (is_local(request_.url)) set(handle, CURLOPT_NOPROXY, "*");
    if (!request_.ca_file.empty()) set(handle, CURLOPT_CAINFO, request_.ca_file.c_str());
    set(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    set(handle, CURLOPT_POSTFIELDS, request_.body.c_str());
    set(handle, CURLOPT_HTTPHEADER, headers_.get());
    set(handle, CURLOPT_NOSIGNAL, 1L);
    set(handle, CURLOPT_FOLLOWLOCATION, 0L);
    set(handle, CURLOPT_TCP_KEEPALIVE, 1L);
    set(handle, CURLOPT_CONNECTTIMEOUT_MS, connect_timeout_ms);
    set(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(request_.timeout.count() / 1'000'000));
    set(handle, CURLOPT_ERRORBUFFER, error_.data());
    set(handle, CURLOPT_WRITEFUNCTION, &Transfer::receive);
    set(handle, CURLOPT_WRITEDATA, this);
  }

  void finish(CURL* handle, CURLcode code) {
    HttpResponse response;
    response.end = end_of(code);
    response.body = std::move(body_);
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &response.status);
    long connects = 0;
    curl_easy_getinfo(handle, CURLINFO_NUM_CONNECTS, &connects);
    response.reused = connects == 0;
    long header_bytes = 0;
    curl_easy_getinfo(handle, CURLINFO_HEADER_SIZE, &header_bytes);
    response.began = header_bytes > 0 || !response.body.empty();
    curl_off_t retry_after_s = 0;
    curl_easy_getinfo(handle, CURLINFO_RETRY_AFTER, &retry_after_s);
    if (retry_after_s > 0)
      response.retry_after = std::chrono::seconds{std::min<curl_off_t>(retry_after_s, 86'400)};
    if (code != CURLE_OK)
      response.error = error_.front() != '\0' ? error_.data() : curl_easy_strerror(code);
    if (too_long_) response.error = "the answer is longer than 16 MiB";
    done_.set_value(std::move(response));
  }
  void fail(const std::exception_ptr& problem) { done_.set_exception(problem); }
  [[nodiscard]] HttpResponse wait() { return done_.get_future().get(); }

 private:
  static std::size_t receive(char* data, std::size_t size, std::size_t count, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    const std::size_t bytes = size * count;
    transfer.too_long_ = transfer.body_.size() + bytes > longest_body;
    if (transfer.too_long_) return 0;  // ends the transfer
    transfer.body_.append(data, bytes);
    return bytes;
  }

  const HttpRequest& request_;
  Headers headers_;
  std::array<char, CURL_ERROR_SIZE> error_{};
  std::string body_;
  bool too_long_ = false;
  std::promise<HttpResponse> done_;
};

class CurlTransport final : public Transport {
 public:
  CurlTransport() {
    require_curl();
    multi_.reset(curl_multi_init());
    if (!multi_) throw curl_error("drive several transfers");
    curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, open_connections);
    driver_ = std::thread{[this] { drive(); }};
  }
  ~CurlTransport() override {
    stop_.store(true);
    curl_multi_wakeup(multi_.get());
    driver_.join();
  }
  CurlTransport(const CurlTransport&) = delete;
  CurlTransport& operator=(const CurlTransport&) = delete;

  [[nodiscard]] HttpResponse perform(const HttpRequest& request) override {
    const auto transfer = std::make_shared<Transfer>(request);
    {
      const std::lock_guard lock{mutex_};
      fresh_.push_back(transfer);
    }
    curl_multi_wakeup(multi_.get());
    return transfer->wait();
  }

 private:
  void drive() {
    while (!stop_.load()) {
      start_fresh();
      int running = 0;
      curl_multi_perform(multi_.get(), &running);
      finish_ended();
      curl_multi_poll(multi_.get(), nullptr, 0, longest_poll_ms, nullptr);
    }
    for (const auto& [raw, transfer] : running_) {
      const Easy handle{raw};
      curl_multi_remove_handle(multi_.get(), raw);
      transfer->fail(std::make_exception_ptr(curl_error("go on: its owner has gone")));
    }
  }

  void start_fresh() {
    std::vector<std::shared_ptr<Transfer>> fresh;
    {
      const std::lock_guard lock{mutex_};
      fresh.swap(fresh_);
    }
    for (const std::shared_ptr<Transfer>& transfer : fresh) {
      Easy handle = take_handle();
      try {
        if (!handle) throw curl_error("make a transfer");
        transfer->prepare(handle.get());
        if (curl_multi_add_handle(multi_.get(), handle.get()) != CURLM_OK)
          throw curl_error("start a transfer");
        running_.emplace(handle.get(), transfer);
        static_cast<void>(handle.release());  // finish_ended takes it back
      } catch (...) {
        transfer->fail(std::current_exception());
      }
    }
  }

  void finish_ended() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      Easy handle{message->easy_handle};
      const CURLcode code = message->data.result;
      curl_multi_remove_handle(multi_.get(), handle.get());
      const auto transfer = running_.extract(handle.get());
      transfer.mapped()->finish(handle.get(), code);
      curl_easy_reset(handle.get());  // it forgets the request and its key
      if (idle_.size() < kept_handles) idle_.push_back(std::move(handle));
    }
  }

  [[nodiscard]] Easy take_handle() {
    if (idle_.empty()) return Easy{curl_easy_init()};
    Easy handle = std::move(idle_.back());
    idle_.pop_back();
    return handle;
  }

  Multi multi_;
  std::vector<Easy> idle_;                              ///< the driver's
  std::map<CURL*, std::shared_ptr<Transfer>> running_;  ///< the driver's
  std::mutex mutex_;
  std::vector<std::shared_ptr<Transfer>> fresh_;
  std::atomic<bool> stop_{false};
  std::thread driver_;
};

}  // namespace

void require_transport() { require_curl(); }
std::unique_ptr<Transport> make_transport() { return std::make_unique<CurlTransport>(); }

}  // namespace foundation::endpoints::detail
