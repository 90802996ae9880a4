# Ruby's client, from Debian's ruby-xmlrpc.
require 'json'
require 'xmlrpc/client'

client = XMLRPC::Client.new2(ARGV[0])
$stdout.sync = true
$stdin.set_encoding('UTF-8')

$stdin.each_line do |line|
  begin
    answer = { value: client.call(*JSON.parse(line)) }
  rescue XMLRPC::FaultException => fault
    answer = { fault: [fault.faultCode, fault.faultString] }
  rescue StandardError => error
    answer = { error: "#{error.class}: #{error.message}" }
  end
  puts JSON.generate(answer)
end
