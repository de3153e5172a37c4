#include <gmock/gmock.h>

#include "certificate.hpp"
#include "server_process.hpp"

namespace foundation::endpoints {
namespace {

using testing::AnyOf;
using testing::HasSubstr;

class ClientTls : public testing::Test {
 protected:
  ClientTls() {
    write_certificate(certificate_, key_);
    server_.emplace(std::vector<std::string>{"--certificate", certificate_, "--private-key", key_});
  }

  TemporaryFolder folder_;
  std::string certificate_ = folder_.path() + "/certificate.pem";
  std::string key_ = folder_.path() + "/key.pem";
  std::optional<ServerProcess> server_;
};

TEST_F(ClientTls, trusts_the_certificates_of_the_option) {
  ClientOptions options = options_for(server_->url("https"));
  options.endpoints.front().ca_file = certificate_;
  Client client{options};
  EXPECT_THAT(completion_of(client.complete(request_for("green leaves"))).text, HasSubstr("plant"));
}

TEST_F(ClientTls, trusts_no_other_and_does_not_try_again) {
  Client client{options_for(server_->url("https"))};
  const Failure failure = failure_of(client.complete(request_for("green leaves")));
  EXPECT_EQ(failure.kind, FailureKind::blocked);
  EXPECT_THAT(failure.message, HasSubstr("certificate"));
  EXPECT_EQ(client.totals().retries, 0U);
}

TEST_F(ClientTls, says_that_a_certificate_file_is_not_there) {
  ClientOptions options = options_for(server_->url("https"));
  options.endpoints.front().ca_file = folder_.path() + "/nowhere.pem";
  Client client{options};
  EXPECT_THAT(failure_of(client.complete(request_for("green leaves"))).message,
              AnyOf(HasSubstr("nowhere.pem"), HasSubstr("CA")));
}

}  // namespace
}  // namespace foundation::endpoints
