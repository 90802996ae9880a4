# RPC::XML, from Debian's librpc-xml-perl.
use strict;
use warnings;
use JSON::PP;
use RPC::XML;
use RPC::XML::Client;

$| = 1;
$RPC::XML::ENCODING = 'UTF-8';
my $json   = JSON::PP->new->utf8->allow_nonref;
my $client = RPC::XML::Client->new($ARGV[0]);

sub sent {
    my ($value) = @_;
    return [ map { sent($_) } @$value ] if ref $value eq 'ARRAY';
    return { map { $_ => sent( $value->{$_} ) } keys %$value } if ref $value eq 'HASH';
    return RPC::XML::boolean->new( $value ? 1 : 0 ) if JSON::PP::is_bool($value);
    return RPC::XML::int->new($value) if $value =~ /^-?\d+$/;
    return RPC::XML::string->new($value);
}

sub got {
    my ($value) = @_;
    return [ map { got($_) } @$value ] if $value->isa('RPC::XML::array');
    return { map { $_ => got( $value->{$_} ) } keys %$value } if $value->isa('RPC::XML::struct');
    return $value->value ? JSON::PP::true : JSON::PP::false if $value->isa('RPC::XML::boolean');
    return 0 + $value->value if $value->isa('RPC::XML::int');
    return $value->value;
}

while ( my $line = <STDIN> ) {
    my ( $method, @params ) = @{ $json->decode($line) };
    my $answer = $client->send_request( $method, map { sent($_) } @params );
    if ( !ref $answer ) { $answer = { error => $answer } }
    elsif ( $answer->is_fault ) { $answer = { fault => [ 0 + $answer->code, $answer->string ] } }
    else { $answer = { value => got($answer) } }
    print $json->encode($answer), "\n";
}
