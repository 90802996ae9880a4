# Frontier, from Debian's libfrontier-rpc-perl.
use strict;
use warnings;
use Frontier::Client;
use JSON::PP;

$| = 1;
my $json   = JSON::PP->new->utf8->allow_nonref;
my $client = Frontier::Client->new( url => $ARGV[0], encoding => 'UTF-8' );

# It takes bytes, which it sends as they are, and gives characters.
sub sent {
    my ($value) = @_;
    return [ map { sent($_) } @$value ] if ref $value eq 'ARRAY';
    return { map { $_ => sent( $value->{$_} ) } keys %$value } if ref $value eq 'HASH';
    return $client->boolean( $value ? 1 : 0 ) if JSON::PP::is_bool($value);
    return $client->int($value) if $value =~ /^-?\d+$/;
    utf8::encode( my $bytes = $value );
    return $client->string($bytes);
}

sub got {
    my ($value) = @_;
    return [ map { got($_) } @$value ] if ref $value eq 'ARRAY';
    return { map { $_ => got( $value->{$_} ) } keys %$value } if ref $value eq 'HASH';
    return $value->value ? JSON::PP::true : JSON::PP::false if ref $value eq 'Frontier::RPC2::Boolean';
    return $value =~ /^-?\d+$/ ? 0 + $value : $value;    # it does not tell numbers from text
}

while ( my $line = <STDIN> ) {
    my ( $method, @params ) = @{ $json->decode($line) };
    my $value = eval { $client->call( $method, map { sent($_) } @params ) };
    my $answer = { value => got($value) };
    if ( my $said = $@ ) {
        $answer = $said =~ /^Fault returned from XML RPC Server, fault code (\d+): (.*)$/m ? { fault => [ 0 + $1, $2 ] } : { error => $said };
    }
    print $json->encode($answer), "\n";
}
